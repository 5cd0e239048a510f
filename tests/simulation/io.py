"""Every I/O call of the bridge is a step: others run, this worker may die, the call may fail."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from bridge.errors import UnavailableError
from local.simulators.faults import Effect, Fault, Match
from local.simulators.server import Handler, Request, Response
from tests.simulation.chaos import Chaos
from tests.simulation.kernel import Kernel

CALL_FAULTS = (
    "connection refused",
    "lost before effect",
    "lost after effect",
    "late effect",
    "answer cut off",
    "429 with Retry-After",
    "429 without Retry-After",
    "500",
    "503 in HTML",
    "fault in XML",
    "5xx after effect",
    "token expired",
)
STORE_FAULTS = ("store fails before effect", "store fails after effect", "store repeats a call")
WORKER_FAULTS = ("killed", "frozen")
READ_TIMEOUT_S = 20.0
_XML = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse '
    b'time="2026-11-22T00:00:00.000-08:00" xmlns="http://schema.intuit.com/finance/v3">'
    b'<Fault type="SystemFault"><Error code="10000"><Message>An application error</Message>'
    b"</Error></Fault></IntuitResponse>"
)
_PAGE = b"<html><head><title>Service Unavailable</title></head><body>try later</body></html>"


@dataclass
class Steps:
    """The steps of one world: latency, people who act meanwhile, and the ends of workers."""

    kernel: Kernel
    chaos: Chaos
    chance: Random
    slow_share: float
    step_rate: float
    act: Callable[[], object] = lambda: None

    def take(self, quickest_s: float = 0.02, slowest_s: float = 0.3) -> None:
        """Let time pass at a step; the worker may be killed or frozen here."""
        if self.kernel.current is None:
            return
        latency = self.chance.uniform(quickest_s, slowest_s)
        if self.slow_share and self.chance.random() < self.slow_share:
            latency = self.chance.uniform(0.5, 9.0)
        self.kernel.pause(latency)
        if self.chaos.is_calm:
            return
        if self.step_rate and self.chance.random() < self.step_rate:
            self.act()
        fault = self.chaos.one_of(WORKER_FAULTS)
        if fault == "killed":
            self.kernel.die()
        elif fault == "frozen":
            self.kernel.pause(self.chance.uniform(5.0, 50.0))


@dataclass
class Vendor(BaseAdapter):
    """The way to one vendor: a `requests` adapter that leads straight into its state."""

    name: str
    handle: Handler
    steps: Steps
    plant: Callable[[Fault], None]
    expire: Callable[[Request], None]
    poison: Callable[[Request], bool]
    saw: Callable[[str, Request, Response], None]
    departs: Callable[[Request], None]

    def __post_init__(self) -> None:
        super().__init__()

    def close(self) -> None:
        """Nothing to close."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        """Carry a request to the vendor, through whatever befalls it."""
        passing = _passing(request)
        self.departs(passing)
        if self.poison(passing):
            self.steps.kernel.die()
        self.steps.take()
        chaos = self.steps.chaos
        self._plant(passing)
        fault = chaos.one_of(CALL_FAULTS) or ""
        answer = self._answered(fault, passing)
        self.saw(self.name, passing, answer)
        self.steps.take()
        if answer.drop:
            raise requests.ConnectionError("dropped")
        return _response(request, answer)

    def _answered(self, fault: str, passing: Request) -> Response:
        """Return the answer as it arrives; the fates of a call that are no answer are raised."""
        kernel = self.steps.kernel
        if fault == "connection refused":
            raise requests.ConnectTimeout("refused")
        if fault == "lost before effect":
            kernel.pause(READ_TIMEOUT_S)
            raise requests.ReadTimeout("lost")
        if fault == "late effect":
            late_s = READ_TIMEOUT_S + self.steps.chance.uniform(0.0, 20.0)
            kernel.later(late_s, partial(self.handle, passing))
            kernel.pause(READ_TIMEOUT_S)
            raise requests.ReadTimeout("late")
        if fault == "token expired":
            self.expire(passing)
        if refused := _REFUSALS.get(fault):
            # The token endpoint of Salesforce counts no calls and so has no limit of them.
            return refused("quickbooks" if "/oauth2/" in passing.path else self.name)
        answer = self.handle(passing)
        if fault == "lost after effect":
            kernel.pause(READ_TIMEOUT_S)
            raise requests.ReadTimeout("lost")
        if fault == "answer cut off":
            return Response(answer.status, answer.body[: len(answer.body) // 2], answer.headers)
        if fault == "5xx after effect":
            return Response(500, _PAGE, {"content-type": "text/html", **_dated(answer)})
        return answer

    def _plant(self, passing: Request) -> None:
        """Let one record of a call meet trouble of its own."""
        chaos, is_write = self.steps.chaos, passing.method == "POST"
        if not is_write or chaos.is_calm or "/query" in passing.path:
            return
        kinds = _item_kinds(self.name, passing)
        if not kinds:
            return
        fault = chaos.one_of(("batch broken off", "row locked", "refused by validation"))
        if fault is None:
            return
        effect = _ITEM_EFFECTS[fault][self.name]
        if fault == "batch broken off":
            effect = Effect(drop=self.steps.chance.choice(("before", "after")))
        self.plant(Fault(Match(kind=kinds[0]), effect))


def _item_kinds(name: str, passing: Request) -> list[str]:
    if name == "quickbooks":
        operation = "create" if b'"operation": "create"' in passing.body else "update"
        return [f"batch_item:{operation}"] if passing.path.endswith("/batch") else []
    if passing.path.endswith("/composite"):
        return ["composite_item:PATCH"]
    return ["collections_item:create"] if passing.path.endswith("/composite/sobjects") else []


_ITEM_EFFECTS: dict[str, dict[str, Effect]] = {
    "batch broken off": {"quickbooks": Effect(), "salesforce": Effect()},
    "row locked": {
        "quickbooks": Effect(code="140"),
        "salesforce": Effect(code="UNABLE_TO_LOCK_ROW"),
    },
    "refused by validation": {
        "quickbooks": Effect(code="6000"),
        "salesforce": Effect(code="FIELD_CUSTOM_VALIDATION_EXCEPTION"),
    },
}


def _throttled(name: str, *, retry_after: bool) -> Response:
    headers = {"retry-after": "17"} if retry_after else {}
    if name == "quickbooks":
        return Response(429, b"", headers)
    body = json.dumps([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "too many"}])
    status = 429 if retry_after else 403
    return Response(status, body.encode(), {"content-type": "application/json", **headers})


_REFUSALS: dict[str, Callable[[str], Response]] = {
    "429 with Retry-After": partial(_throttled, retry_after=True),
    "429 without Retry-After": partial(_throttled, retry_after=False),
    "500": lambda _: Response(500, b"", {}),
    "503 in HTML": lambda _: Response(503, _PAGE, {"content-type": "text/html"}),
    "fault in XML": lambda _: Response(500, _XML, {"content-type": "application/xml"}),
}


def _dated(answer: Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower() == "date"}


@dataclass
class Stepping:
    """A store whose every call is a step, and may fail before or after its effect."""

    port: Any
    steps: Steps

    def __getattr__(self, name: str) -> Any:
        member = getattr(self.port, name)
        if not callable(member):
            return member
        # Found once: from now on it stands here, and knows nothing of this store, so that both are
        # gone as soon as nobody wants them.
        call = self.__dict__[name] = partial(_stepping, self.steps, name, member)
        return call


def _stepping(steps: Steps, name: str, act: Callable[..., Any], *given: Any, **named: Any) -> Any:
    if steps.chaos.is_calm:
        return act(*given, **named)
    steps.take(0.005, 0.05)
    names = ("queue refuses", "queue takes unseen") if name == "send" else STORE_FAULTS
    fault = steps.chaos.one_of(names)
    if fault in ("store fails before effect", "queue refuses"):
        raise UnavailableError("aws_unavailable", is_unknown=True, operation=name)
    answer = act(*given, **named)
    if fault == "store repeats a call" and name != "link":
        # What AWS's own client does after a lost answer; a transaction bears a token by which
        # DynamoDB knows the repeat.
        steps.take(0.2, 1.0)
        answer = act(*given, **named)
    steps.take(0.005, 0.05)
    if fault in ("store fails after effect", "queue takes unseen"):
        raise UnavailableError("aws_unavailable", is_unknown=True, operation=name)
    return answer


@lru_cache(4096)
def _address(url: str) -> tuple[str, Mapping[str, str]]:
    parts = urlsplit(url)
    return parts.path, dict(parse_qsl(parts.query))


def _passing(request: requests.PreparedRequest) -> Request:
    (path, query), body = _address(str(request.url)), request.body or b""
    return Request(
        str(request.method),
        path,
        dict(query),
        dict(request.headers.lower_items()),
        body.encode() if isinstance(body, str) else body,
    )


def _response(request: requests.PreparedRequest, answer: Response) -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = answer.status, answer.body
    response.headers.update(answer.headers)
    response.request, response.url = request, str(request.url)
    return response
