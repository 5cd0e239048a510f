"""The ways out of a worker, to both vendors and to the stores: every call is a step."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests
from requests.adapters import BaseAdapter

from bridge.errors import UnavailableError
from bridge.transport import TimeoutSession
from local.simulators.server import Handler, Request, Response
from tests.simulation.small.deeds import SALESFORCE
from tests.simulation.small.turns import LATE, LOST_AFTER, LOST_BEFORE, Step, Turns
from tests.wire import Wire

WRITES = ("/batch", "/composite", "/composite/sobjects")
STORE_WRITES = ("commit", "record", "link", "send")
STORE_READS = ("read_pairs", "read_pointers")
LOST = (LOST_BEFORE, LOST_AFTER)
JUDGED = frozenset({"ledger"})
LANE = frozenset({"lane"})


class QuickSession(TimeoutSession):
    """A session that prepares each request once: schedules repeat the same ones all the time."""

    prepared: dict[str, requests.PreparedRequest] = {}  # noqa: RUF012  shared on purpose

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Return a request as it goes out."""
        key = repr((request.method, request.url, request.params, request.data, request.headers))
        if key not in self.prepared:
            self.prepared[key] = super().prepare_request(request)
        return self.prepared[key]

    def merge_environment_settings(self, *_: Any) -> dict[str, Any]:  # type: ignore[override]
        """Return no settings: there are neither proxies nor certificates here."""
        return {}

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Hand a request to its road; there are neither cookies nor redirects here."""
        return self.get_adapter(str(request.url)).send(request, **options)


@dataclass
class Road(BaseAdapter):
    """The way to one vendor; `land` is told of a request that takes effect later."""

    name: str
    handle: Handler
    turns: Turns
    land: Callable[[Callable[[], object]], None]
    note: Callable[[str], None]

    def __post_init__(self) -> None:
        super().__init__()
        self._wire = Wire(self._answered)
        self._fate = ""

    def close(self) -> None:
        """Nothing to close."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        """Carry a request to the vendor, if that is its fate."""
        self._wire.passed.clear()
        response = self._wire.send(request)
        self.turns.hear(bytes(response.content) + str(response.headers.get("Date")).encode())
        return response

    def _answered(self, request: Request) -> Response:
        step = _step(self.name, request)
        fate = self.turns.take(step)
        if fate == LATE:
            self.land(partial(self.handle, request))
        if fate in (LATE, LOST_BEFORE):
            self._lose(fate)
        answer = self.handle(request)
        if fate == LOST_AFTER:
            self._lose(fate)
        self.note(f"{step.name} {answer.status}")
        return answer

    def _lose(self, fate: str) -> None:
        self.turns.hear(fate)
        raise requests.ReadTimeout(fate)


@dataclass
class Door:
    """A store or a lane whose calls are steps; bookkeeping that decides nothing is none."""

    port: Any
    turns: Turns

    def __getattr__(self, name: str) -> Any:
        member = getattr(self.port, name)
        if name in STORE_WRITES:
            return partial(self._write, name, member)
        return partial(self._read, name, member) if name in STORE_READS else member

    def _read(self, name: str, act: Callable[..., Any], keys: Any) -> Any:
        if keys:
            self.turns.take(Step(name, reads=frozenset(map(str, keys))))
        answer = act(keys)
        self.turns.hear(answer)
        return answer

    def _write(self, name: str, act: Callable[..., Any], *given: Any) -> Any:
        writes = LANE if name == "send" else _rows(given)
        fate = self.turns.take(Step(name, LOST, writes=writes))
        if fate == LOST_BEFORE:
            self._fail(name, fate)
        answer = act(*given)
        if fate == LOST_AFTER:
            self._fail(name, fate)
        self.turns.hear(answer)
        return answer

    def _fail(self, name: str, fate: str) -> None:
        self.turns.hear(fate)
        raise UnavailableError("aws_unavailable", is_unknown=True, operation=name)


def _rows(given: tuple[Any, ...]) -> frozenset[str]:
    """Return which rows a write of the store is about."""
    return frozenset(str(each.key) for each in given if hasattr(each, "key"))


def _step(name: str, request: Request) -> Step:
    last = request.path.rsplit("/", 1)[-1]
    told = f"{name} {request.method} {last}"
    is_write = request.path.endswith(WRITES) or "/composite/tree/" in request.path
    if request.method != "POST" or not is_write:
        return Step(told, reads=frozenset({name}))
    # A write is judged at once: what it replaces has to be readable in Salesforce by then.
    return Step(told, (*LOST, LATE), reads=frozenset({SALESFORCE}), writes=JUDGED | {name})
