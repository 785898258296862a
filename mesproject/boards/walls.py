"""The wall: boards for televisions. Each is one page whose inside is asked again every few seconds."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mesproject.accounts.models import Company, Device
from mesproject.accounts.viewers import Viewer, viewing
from mesproject.boards.hall import hall_of
from mesproject.boards.heat import heat_of_a_day
from mesproject.boards.hour_rows import hour_rows
from mesproject.boards.layout import grid_for
from mesproject.boards.lines import line_of
from mesproject.boards.models import Showing, Turn, turn_at, turns_of
from mesproject.boards.needs import LINES, needs
from mesproject.boards.nights import night_after
from mesproject.live_address import allow_live, live_address
from mesproject.memory import Memory
from mesproject.parts import answered, etag_of, nothing
from mesproject.reports import timeline
from mesproject.reports.glance import Glance, glances, in_the_hall
from mesproject.tickets import ticket
from mesproject.versions import Versions, versions
from production.models import Plant, Station, StationGroup
from production.operators import number_of

# The same board on thirty screens is drawn once; longer than this nothing asks for the same version again.
KEPT = 60
# So long a poll goes by the turns and stations that there were: administrators change them, now and then.
KNOWN = 60
# A poll of a board needs nothing else of its view: who looks and in which words is asked each time (accounts.standing).
GOOD_FOR = timedelta(minutes=10)
BOARDS = "/board/"
TURNS: Memory[list[Turn]] = Memory(4096)
IDS: Memory[list[int]] = Memory(4096)
DRAWN: Memory[bytes] = Memory(512)
DRAWING = tuple(Lock() for _ in range(32))


@dataclass(frozen=True, slots=True)
class Board:
    """Which template draws a board, and with what: glances, or where it does not live the stations, once a minute.

    One that counts shows units, which are news by themselves.
    """

    template: str
    context: Callable[[Sequence[Any], datetime], dict[str, Any]]
    lives: bool = True
    counts: bool = True


@require_safe
@never_cache
@viewing
def board(request: HttpRequest, plant: str = "") -> HttpResponse:
    """All stations of a plant, or of the company, as tiles; on a display the board whose turn it is."""
    at = now()
    if not plant and (showing := _turn(request, at, anew=not _is_poll(request))):
        return _shown(request, showing, at)
    if plant:
        get_object_or_404(Plant.objects.of(_company(request)), code=plant)
        return _wall(request, Turn.Board.ALL, _stations(request, group__plant__code=plant), at)
    return _wall(request, Turn.Board.ALL, _stations(request), at, turn=partial(_due, request))


@require_safe
@never_cache
@viewing
def needed_board(request: HttpRequest) -> HttpResponse:
    """Who is needed where, of all stations of the company."""
    return _wall(request, Turn.Board.NEEDED, _stations(request), now())


@require_safe
@never_cache
@viewing
def utilisation_board(request: HttpRequest) -> HttpResponse:
    """What all stations of the company did in the last 24 hours."""
    return _wall(request, Turn.Board.HEAT, _stations(request), now())


@require_safe
@never_cache
@viewing
def station_board(request: HttpRequest, station: uuid.UUID) -> HttpResponse:
    """One station on one screen."""
    return _wall(request, Turn.Board.STATION, _stations(request, uuid=station), now())


@require_safe
@never_cache
@viewing
def line_board(request: HttpRequest, line: int) -> HttpResponse:
    """The stations of a group in their order."""
    group = get_object_or_404(StationGroup.objects.of(_company(request)), pk=line)
    return _wall(request, Turn.Board.LINE, _stations(request, group=group), now())


def _turn(request: HttpRequest, at: datetime, *, anew: bool = False) -> Showing | None:
    """That of the display which asks, or of one that a person wants to look at (`?display=`)."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    device, looked_at = viewer.device, request.GET.get("display", "")
    if viewer.user is not None:
        device = (
            get_object_or_404(Device.objects.of(viewer.company), pk=number_of(looked_at))
            if looked_at
            else None
        )
    return turn_at(_turns(device, anew=anew), at) if device else None


def _due(request: HttpRequest, at: datetime) -> tuple[object, ...]:
    """Which turn that is, and of what."""
    showing = _turn(request, at)
    turn = showing and showing.turn
    return (turn.pk, turn.board, turn.plant_id, turn.group_id, turn.station_id) if turn else ()


def _turns(device: Device, *, anew: bool) -> list[Turn]:
    if anew:
        TURNS.forget(device.pk)
    return TURNS.get_or_make(device.pk, lambda: turns_of(device), KNOWN)


def _is_poll(request: HttpRequest) -> bool:
    return "X-Poll" in request.headers


def _shown(request: HttpRequest, showing: Showing, at: datetime) -> HttpResponse:
    turn = showing.turn
    found = _stations(request, group__plant=turn.plant, group=turn.group, pk=turn.station and turn.station.pk)
    answer = _wall(
        request, Turn.Board(turn.board), found, at, heard=_stations(request), turn=partial(_due, request)
    )
    answer["X-Next"] = str(int(showing.left * 1000))
    return answer


@dataclass(frozen=True, slots=True)
class Shown:
    """The stations of a wall in the order of the hall. A poll mostly needs no more than their ids."""

    company: Company
    only: tuple[tuple[str, Any], ...] = ()

    @property
    def rows(self) -> QuerySet[Station]:
        """They themselves."""
        return in_the_hall(self.company).filter(**dict(self.only))

    @property
    def ids(self) -> list[int]:
        """Their ids, of a minute ago at most."""
        return IDS.get_or_make(
            (self.company.pk, self.only), lambda: list(self.rows.values_list("pk", flat=True)), KNOWN
        )


def _stations(request: HttpRequest, **only: Any) -> Shown:
    return Shown(_company(request), tuple((name, value) for name, value in only.items() if value))


def _wall(
    request: HttpRequest,
    kind: Turn.Board,
    stations: Shown,
    at: datetime,
    *,
    heard: Shown | None = None,
    turn: Callable[[datetime], tuple[object, ...]] = lambda at: (),
) -> HttpResponse:
    """The whole page, or for its poll only its inside; nothing where nothing changed.

    The page is nudged of the stations `heard`, which are those it shows where nothing else is said. `turn` says of
    a display what it shows at an instant.
    """
    company, is_poll, rows = _company(request).pk, _is_poll(request), stations.rows
    ids = stations.ids if is_poll else [station.pk for station in rows]
    if kind is Turn.Board.STATION and not ids:
        raise Http404
    shown, due = _board(kind, ids), turn(at)

    def asked() -> list[int]:
        return stations.ids if is_poll else ids

    def etag(at: datetime, seen: Versions) -> str:
        known = asked()
        counted = hall_of(company).counted(known, at) if shown.counts else ""
        states = seen.states if shown.lives else ""
        return etag_of(at, request.path, shown.template, states, counted, company, *turn(at), *known)

    def context(at: datetime) -> dict[str, Any]:
        found, seen = _look(shown, company, asked(), at) if is_poll else _look_anew(shown, list(rows), at)
        heading = _heading(request, found)
        return {
            "heading": heading,
            "now": at,
            "clock": found[0] if found else None,
            **shown.context(seen, at),
        }

    def draw(etag: str, at: datetime) -> bytes:
        """For all screens that show the same; while one thread draws it, others wait for it."""
        if (turn(at), _board(kind, asked())) != (due, shown):
            raise Http404  # another board is to be shown by now
        with DRAWING[hash(etag) % len(DRAWING)]:
            return DRAWN.get_or_make(
                etag, lambda: render_to_string(shown.template, context(at), request).encode(), KEPT
            )

    if is_poll:
        return answered(
            request, draw, etag=etag, now=at, stations=asked if shown.lives else nothing, for_all=True,
            good_for=GOOD_FOR,
        )  # fmt: skip
    page = {"etag": etag(at, versions(ids, at)), **context(at)}
    nudged = ids if heard is None else list(heard.rows.values_list("pk", flat=True))
    page |= _page(request, nudged, page["clock"], at)
    return allow_live(request, render(request, shown.template.partition("#")[0], page))


def _board(kind: Turn.Board, ids: Sequence[int]) -> Board:
    return BOARD[Turn.Board.STATION if kind is Turn.Board.ALL and len(ids) == 1 else kind]


def _look(shown: Board, company: int, ids: list[int], at: datetime) -> tuple[list[Station], Sequence[Any]]:
    """The stations, and what the board is drawn of: for its polls what other boards have seen is enough."""
    if not shown.lives:
        return _look_anew(shown, list(in_the_hall(company).filter(pk__in=ids)), at)
    seen = hall_of(company).glances(ids, at)
    return [glance.station for glance in seen], seen


def _look_anew(shown: Board, found: list[Station], at: datetime) -> tuple[list[Station], Sequence[Any]]:
    return found, glances(found, now=at) if shown.lives else found


def _page(request: HttpRequest, nudged: Sequence[int], clock: Station | None, at: datetime) -> dict[str, Any]:
    """What the page itself must know: where it is nudged, when it begins anew, where it goes back to."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    is_display = (
        viewer.user is None and viewer.device is not None and viewer.device.kind == Device.Kind.DISPLAY
    )
    back = request.GET.get("from", "")
    return {
        "live": live_address(request, ticket(nudged)),
        "night": night_after(at, clock.plant.tz if clock else None),
        "door": reverse("pair") if is_display else "",
        "back": back if back.startswith(BOARDS) else "",
    }


def _heading(request: HttpRequest, found: Sequence[Station]) -> str:
    """What all the stations have in common: themselves, their line, the plant, or the company."""
    if len(found) == 1:
        return found[0].name
    if len({station.group_id for station in found}) == 1:
        return found[0].group.name
    plants = {station.plant for station in found}
    return plants.pop().name if len(plants) == 1 else str(_company(request))


def _company(request: HttpRequest) -> Any:
    return request.viewer.company  # type: ignore[attr-defined]


# What each board shows


def _tiles(seen: Sequence[Glance], at: datetime) -> dict[str, Any]:
    shifts = {glance.shift.name for glance in seen if glance.shift and not glance.is_over}
    return {
        "glances": seen,
        "grid": grid_for(len(seen)),
        "shift": shifts.pop() if len(shifts) == 1 else "",
        "needed": sum(glance.needs_somebody for glance in seen),
    }


def _one(seen: Sequence[Glance], at: datetime) -> dict[str, Any]:
    if not seen:
        raise Http404
    glance = seen[0]
    course = hall_of(glance.station.company_id).course(glance)
    return {"glance": glance, "hours": hour_rows(glance), "timeline": timeline.of_shift(glance, course)}


def _line(seen: Sequence[Glance], at: datetime) -> dict[str, Any]:
    return {"line": line_of(seen)}


def _needed(seen: Sequence[Glance], at: datetime) -> dict[str, Any]:
    wanted = needs(seen, now=at)
    # Stations, as every board counts them: one may need somebody for two reasons.
    red = sum(glance.needs_somebody for glance in seen)
    return {"needs": wanted[:LINES], "more": len(wanted[LINES:]), "red": red}


def _heat(found: Sequence[Station], at: datetime) -> dict[str, Any]:
    return {"heat": heat_of_a_day(found, now=at)}


BOARD = {
    Turn.Board.ALL: Board("boards/board.html#tiles", _tiles),
    Turn.Board.NEEDED: Board("boards/needed.html#lines", _needed, counts=False),
    Turn.Board.STATION: Board("boards/station.html#one", _one),
    Turn.Board.LINE: Board("boards/line.html#line", _line),
    Turn.Board.HEAT: Board("boards/heat.html#heat", _heat, lives=False, counts=False),
}
