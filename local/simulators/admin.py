"""The admin face that every stand-in has under `/_admin/`: calls, faults, clock, reset, health.

At `/` it shows the stand-in's page to a browser, if it was given one.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from local.simulators.clock import Clock
from local.simulators.faults import Fault, FaultPlan
from local.simulators.server import Request, Response

Route = Callable[..., Any]
PREFIX = "/_admin/"


class Calls:
    """Counts the calls of a stand-in by kind."""

    def __init__(self) -> None:
        self._by_kind: Counter[str] = Counter()

    def count(self, kind: str) -> None:
        """Count one call."""
        self._by_kind[kind] += 1

    def reset(self) -> None:
        """Begin again at nothing."""
        self._by_kind.clear()

    def listing(self) -> dict[str, Any]:
        """Show the counts; a part of a call (`batch_item:create`) is not in the total."""
        total = sum(count for kind, count in self._by_kind.items() if ":" not in kind)
        return {"total": total, "by_kind": dict(sorted(self._by_kind.items()))}


class Admin:
    """Answers admin requests, which are neither counted nor authenticated."""

    def __init__(
        self, *, clock: Clock, faults: FaultPlan, calls: Calls, reset: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._calls = calls
        self._reset = reset
        self.page: Callable[[Request], Response] | None = None
        self._routes: list[tuple[str, re.Pattern[str], Route]] = []
        self.add("GET", "health", lambda _: {"ok": True})
        self.add("GET", "calls", lambda _: calls.listing())
        self.add("POST", "calls/reset", self._reset_calls)
        self.add("GET", "faults", lambda _: faults.listing())
        self.add("POST", "faults", self._add_faults)
        self.add("DELETE", "faults", self._clear_faults)
        self.add("GET", "clock", lambda _: {"now": clock.now().isoformat()})
        self.add("POST", "clock", self._set_clock)
        self.add("POST", "reset", self._reset_all)

    def add(self, method: str, path: str, route: Route) -> None:
        """Add a route; `{name}` in the path is one segment, handed over as a keyword.

        A route takes the parsed JSON body (None without one) and returns a value to be written as
        JSON, or a whole Response. Its ValueError, LookupError and TypeError are answered with 400.
        """
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
        self._routes.append((method, re.compile(pattern), route))

    def handle(self, request: Request) -> Response | None:
        """Answer an admin request or a browser at `/`; None if the request is neither."""
        if request.path == "/" and self.page and request.method in {"GET", "POST"}:
            return self.page(request)
        if not request.path.startswith(PREFIX):
            return None
        path = request.path.removeprefix(PREFIX).rstrip("/")
        for method, pattern, route in self._routes:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                return _answer(route, request, found.groupdict())
        return Response.json({"error": f"no admin route {request.method} {request.path}"}, 404)

    def _reset_calls(self, _: object) -> dict[str, Any]:
        self._calls.reset()
        return self._calls.listing()

    def _add_faults(self, body: Any) -> list[dict[str, Any]]:
        for fault in [Fault.parse(raw) for raw in (body if isinstance(body, list) else [body])]:
            self._faults.add(fault)
        return self._faults.listing()

    def _clear_faults(self, _: object) -> list[dict[str, Any]]:
        self._faults.clear()
        return []

    def _set_clock(self, body: Any) -> dict[str, str]:
        if "advance_s" in body:
            self._clock.advance(float(body["advance_s"]))
        else:
            moment = body["now"]
            self._clock.set(datetime.fromisoformat(moment) if moment else None)
        return {"now": self._clock.now().isoformat()}

    def _reset_all(self, _: object) -> dict[str, bool]:
        self._calls.reset()
        self._faults.clear()
        self._clock.set(None)
        self._reset()
        return {"ok": True}


def _answer(route: Route, request: Request, segments: dict[str, str]) -> Response:
    try:
        body = json.loads(request.body, parse_float=Decimal) if request.body else None
        answer = route(body, **segments)
    except (ValueError, LookupError, TypeError) as error:
        return Response.json({"error": f"{type(error).__name__}: {error}"}, 400)
    return answer if isinstance(answer, Response) else Response.json(answer)
