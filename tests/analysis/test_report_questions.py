"""An address is a question and a question is an address; whatever else is typed gets a sentence."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesproject.accounts.models import Role
from mesproject.analysis.builder.question import KINDS, LOSS_GROUPS, Report, read, said, unfolded
from mesproject.reports.how_asked import BadQuestion
from mesproject.reports.machinemetrics_shapes import GROUPS
from mesproject.reports.metrics import METRICS
from mesproject.reports.narrowing import NARROWING, Narrowed
from tests.make import make_station, make_user

LETTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
WORDS = st.text(LETTERS, min_size=1, max_size=20).map(str.strip).filter(bool)
TIMES = [(), (("range", "last-7-days"),), (("plant", "A"), ("from", "2026-01-01"), ("to", "2026-01-02"))]
NAMES = ["of", "metric", "by", "range", "from", "plant", "only.shift", "not.part", "only.x", "chart", "where0", "what0",
         "how0", "was", "?"]  # fmt: skip
KNOWN = [*METRICS, *LOSS_GROUPS, *KINDS, "goodParts", "", "auto"]


def several(values, most):
    """Some of them, each once."""
    return st.lists(values, min_size=1, max_size=most, unique=True).map(tuple)


@st.composite
def reports(draw):
    """Any report that has an address."""
    of = draw(st.sampled_from(KINDS))
    groups = GROUPS if of == "production" else LOSS_GROUPS
    filters = st.dictionaries(
        st.sampled_from([group for group in NARROWING if group in groups and group != "machine"]),
        several(WORDS, 3),
        max_size=3,
    )
    return Report(
        of,
        draw(several(st.sampled_from([*METRICS]), 5)) if of == "production" else (),
        draw(several(st.sampled_from(groups), 4)),
        draw(st.sampled_from(TIMES)),
        Narrowed(draw(filters), draw(filters)),
        draw(st.sampled_from(["auto", "none"])),
    )


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_a_question_s_address_asks_that_question(report):
    assert read(report.text) == report
    assert read(report.text).text == report.text


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(KNOWN) | st.text(max_size=200)), max_size=8)
)
def test_any_address_is_a_question_or_a_sentence(pairs):
    try:
        report = said(unfolded(pairs))
    except BadQuestion as error:
        sentence = str(error)
    else:
        sentence = "."
        assert read(report.text) == report
    assert sentence.endswith((".", "”."))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "metric=nothing", "by=nothing", "of=nothing", "by=reason", "range=nothing", "from=2026-01-01", "plant=nowhere",
        "only.shift=Nobody", "only.nothing=1", "only.part=%00", "not.reason=1", "range=2099", "metric=" + "x" * 500,
        "station=M1&only.machine=M1", "only.run=99999999999999999999999", "only.day=2026-02-30", "chart=pie",
        "from=2026-01-01T00:00Z&to=2026-01-01T00:00:00.0004Z", "range=2001-01-01/2020-01-01", "only.hour=x",
        "only.week=-1",
        "of=downtime&only.reason=%F0%9F%92%A9", "&".join(["only.part=1"] + [f"only.part={n}" for n in range(60)]),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_gets_a_sentence(client, query):
    client.force_login(make_user(Role.READ_ONLY, company=make_station("M1").company))
    answer = client.get(f"/analysis/report/?{query}")
    assert answer.status_code in (400, 404), answer.status_code
    assert "sentence" in answer.context


@pytest.mark.django_db
def test_the_form_leads_to_the_address(client):
    client.force_login(make_user(company=make_station("M1").company))
    form = {"ask": "1", "of": "production", "metric": ["oee", "good_parts"], "by": ["day", "", "day"], "plant": "",
            "range": "last-week", "was": "last-7-days", "from": "2026-01-01", "to": "2026-01-02",
            "where0": "shift", "how0": "not", "what0": "Early", "where1": "", "how1": "only", "what1": ""}  # fmt: skip
    answer = client.get("/analysis/report/", form)
    assert answer.status_code == 302
    assert answer["Location"] == (
        "/analysis/report/?metric=oee&metric=good_parts&by=day&range=last-week&not.shift=Early"
    )


@pytest.mark.django_db
def test_an_operator_sees_no_reports_and_nobody_else_s_company(client):
    station = make_station("M1", name="Secret press")
    client.force_login(make_user(Role.OPERATOR, company=station.company))
    assert client.get("/analysis/report/").status_code == 403
    client.force_login(make_user())
    assert b"Secret press" not in client.get("/analysis/report/?metric=oee&by=machine").content
    assert client.get("/analysis/report/?metric=oee&only.machine=M1").status_code == 400
