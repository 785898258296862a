"""Every operation that OpenAPI describes, asked with sense and with nonsense by every kind of caller.

Nothing breaks, every answer is what the description says, and nothing that it forbids is taken.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from mesproject.wsgi import application
from tests.make import make_company, make_operator
from tests.test_who_may_what import CALLERS, LIMITED, headers_of, things_of

pytestmark = pytest.mark.django_db
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance, negative_data_rejection, unsupported_method, allow_header_conformance,
]  # fmt: skip
BOTH = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
SEED = 5
# How many of a few hundred cases of an operation are enough for a quick look, by caller.
FEW = {"key admin": 8, "administrator": 8, LIMITED: 3}


@pytest.fixture(scope="module")
def described(django_db_blocker: Any) -> dict[str, tuple[APIOperation, list[tuple[bool, Case]]]]:
    """Each operation with cases for every boundary of what it takes, and beyond; every second one knows names."""
    with django_db_blocker.unblock():  # a request looks after the connection that an earlier test has left
        schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    config = schema.config.generation
    found = [result.ok() for result in schema.get_all_operations()]
    return {
        one.label: (one, [
            (number % 2 == 0, case)
            for number, case in enumerate(
                schema.iter_coverage_cases(one, generation_modes=BOTH, generation_config=config)
            )
        ])
        for one in found
        if one.path != "/api/health-check"  # which answers 503 while no broker runs
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """One connection for the whole test, and no line in the log for each refusal."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    for signal in signals:
        signal.connect(close_old_connections)


class Asker:
    """Somebody of a company that has one of each thing."""

    def __init__(self, caller: str) -> None:
        self.company = make_company()
        self.things = things_of(self.company)
        self.headers = headers_of(caller, self.company)
        codes = self.things["codes"]
        self.known = {
            "stationCode": codes["station"], "plantCode": codes["plant"], "groupCode": codes["station-group"],
            "skuCode": codes["sku"], "causeCode": self.things["<str:cause>"],
            "operator": make_operator(company=self.company).initials, "rangecode": "last-7-days",
            "plantcode": codes["plant"], "stationcodes": codes["station"], "skucodes": codes["sku"],
        }  # fmt: skip

    def asks(self, case: Case, *, knowing: bool) -> list[str]:
        """What is wrong with the answer; nothing of it stays."""
        if knowing:
            self.tell(case)
        with transaction.atomic():
            answer = case.call(headers=self.headers)
            transaction.set_rollback(True)
        try:
            case.validate_response(
                answer, checks=CHECKS, headers=self.headers, transport_kwargs={"headers": self.headers}
            )
        except BaseExceptionGroup as group:
            return [str(group)]
        return []

    def tell(self, case: Case) -> None:
        """Put names of things that are there where a case has sensible ones."""
        names = {name.strip("<>").partition(":")[2]: value for name, value in self.things.items()}
        kind = case.path.removeprefix("/api/").partition("/")[0]
        names["code"] = self.things["codes"].get(kind, "none")
        places = (
            (ParameterLocation.PATH, case.path_parameters, names),
            (ParameterLocation.QUERY, case.query, self.known),
            (ParameterLocation.BODY, case.body, self.known),
        )
        for location, values, known in places:
            if isinstance(values, dict) and sensible(case, location):
                values.update({name: known[name] for name in values.keys() & known.keys()})


def sensible(case: Case, location: ParameterLocation) -> bool:
    """Whether this part of a case is as the description wants it."""
    there = case.meta.components.get(location)
    return there is not None and there.mode.is_positive


@pytest.mark.parametrize("caller", CALLERS)
def test_boundaries_of_every_operation(described: Any, caller: str) -> None:
    """A sample of them; the whole takes a quarter of an hour."""
    chosen, few = random.Random(SEED), FEW.get(caller, 2)
    asker = Asker(caller)
    wrong = [
        asker.asks(case, knowing=knowing)
        for _, cases in described.values()
        for knowing, case in chosen.sample(cases, min(few, len(cases)))
    ]
    assert not any(wrong), "\n".join(chain(*wrong))


@pytest.mark.long
@pytest.mark.parametrize("caller", CALLERS)
def test_every_boundary_of_every_operation(described: Any, caller: str) -> None:
    asker = Asker(caller)
    wrong = [asker.asks(case, knowing=knowing) for _, cases in described.values() for knowing, case in cases]
    assert not any(wrong), "\n".join(chain(*wrong))


@pytest.mark.long
@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("caller", ["key admin", "administrator", LIMITED])
def test_anything_at_all(described: Any, caller: str, mode: GenerationMode) -> None:
    asker = Asker(caller)
    wrong = [
        anything(asker, operation, mode)
        for operation, _ in described.values()
        if mode.is_positive or takes_something(operation)
    ]
    assert not any(wrong), "\n".join(chain(*wrong))


def anything(asker: Asker, operation: APIOperation, mode: GenerationMode) -> list[str]:
    """What is wrong with answers to requests that nobody has thought of."""
    wrong: list[str] = []

    @settings(
        max_examples=60, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), knowing=booleans())
    def ask(case: Case, knowing: bool) -> None:
        wrong.extend(asker.asks(case, knowing=knowing))

    ask()
    return wrong[:3]


def takes_something(operation: APIOperation) -> bool:
    """Whether there is anything that can be said wrongly."""
    return bool(operation.body or operation.query or operation.path_parameters)
