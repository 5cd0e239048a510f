"""The whole stand-in: routes a request to OAuth, the Accounting API or the admin face."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Literal
from urllib.parse import urlencode

from local.simulators.admin import Admin, Calls
from local.simulators.clock import Clock
from local.simulators.faults import Effect, FaultPlan
from local.simulators.page import Page
from local.simulators.quickbooks import sample
from local.simulators.quickbooks.api import AccountingApi, Call, understand
from local.simulators.quickbooks.batch import Batches, ConnectionDropped
from local.simulators.quickbooks.catalog import BooksCatalog
from local.simulators.quickbooks.controls import Controls
from local.simulators.quickbooks.courier import Courier
from local.simulators.quickbooks.errors import ApiFault, GatewayError
from local.simulators.quickbooks.limits import Arrival, Limits
from local.simulators.quickbooks.oauth import OAuth, token_error
from local.simulators.quickbooks.pdf import as_pdf
from local.simulators.quickbooks.records import Change
from local.simulators.quickbooks.replies import (
    common_headers,
    fault_reply,
    gateway_reply,
    proxy_page,
    reply,
    takes_pdf,
)
from local.simulators.quickbooks.schema import Row
from local.simulators.quickbooks.state import Company
from local.simulators.quickbooks.switches import Switches
from local.simulators.quickbooks.traffic import Traffic
from local.simulators.quickbooks.webhooks import Mailbox
from local.simulators.server import Request, Response

_GATEWAY_STATUS = {"3200": 401, "3100": 403, "3001": 429}
_LIMIT_REACHED = "The request limit was reached.  Try again later"
_READABLE_BODIES = ("json", "application/text", "text/plain")


@dataclass(frozen=True)
class Setup:
    """What a stand-in starts with; the first realm has the tokens as they stand here."""

    realms: Sequence[str] = ("1",)
    client_id: str = "cid"
    client_secret: str = "sec"
    access_token: str = "at-0"
    refresh_token: str = "rt-0"
    is_empty: bool = False
    throttling: Literal["measured", "enforced"] = "measured"

    def tokens(self, realm: str) -> tuple[str, str]:
        """Return access and refresh token of a realm; later realms add their id to them."""
        tail = "" if realm == self.realms[0] else f"-{realm}"
        return self.access_token + tail, self.refresh_token + tail


class QuickBooks:
    """QuickBooks Online for a handful of companies, as one function of a request."""

    def __init__(self, setup: Setup | None = None, clock: Clock | None = None) -> None:
        self.setup = setup or Setup()
        self.clock = clock or Clock()
        self.faults = FaultPlan()
        self.calls = Calls()
        self.traffic = Traffic()
        self.lock = threading.RLock()
        self._courier: Courier | None = None
        self._begin()
        self.admin = Admin(
            clock=self.clock, faults=self.faults, calls=self.calls, reset=self._reset
        )
        self.admin.page = Page(BooksCatalog(self)).handle
        Controls(self).add_to(self.admin)

    def _begin(self) -> None:
        """Build everything that a reset throws away."""
        self.switches = Switches(throttling=self.setup.throttling)
        self.limits = Limits(self.switches)
        self.mailbox = Mailbox(self.setup.client_id, self.clock, self.switches, self._find)
        self.oauth = OAuth(
            self.setup.client_id, self.setup.client_secret, self.clock, self.switches
        )
        self.companies: dict[str, Company] = {}
        for realm in self.setup.realms:
            company = Company(realm, self.clock, self.switches, self._on_change)
            sample.fill(company, is_empty=self.setup.is_empty)
            self.companies[realm] = company
            self.oauth.grants.connect(realm, *self.setup.tokens(realm))
        self._api = AccountingApi(self.companies, self.clock, self.switches)
        self._batches = Batches(self._api, self.faults, self._on_item, self._later)
        self._late: list[tuple[datetime, Callable[[], object]]] = []

    def _reset(self) -> None:
        settings = self.mailbox.settings
        self._begin()
        self.traffic.reset()
        # The subscription stays: it belongs to the developer portal, not to the companies.
        self.mailbox.settings.url = settings.url
        self.mailbox.settings.verifier_token = settings.verifier_token

    def start(self) -> None:
        """Begin to deliver webhooks in the background."""
        self._courier = Courier(lambda: self.mailbox, self.lock)
        self._courier.start()

    def stop(self) -> None:
        """End the delivery of webhooks."""
        if self._courier:
            self._courier.stop()

    def handle(self, request: Request) -> Response:
        """Answer a request; safe to call from several threads."""
        with self.lock:
            self._settle()
            return self.admin.handle(request) or self._answer(request)

    def settle(self) -> None:
        """Let the late effects happen whose time has come; every request does that as well."""
        with self.lock:
            self._settle()

    def nudge(self) -> None:
        """Tell the courier that there may be something to deliver."""
        if self._courier:
            self._courier.nudge()

    # Answers

    def _answer(self, request: Request) -> Response:
        call = understand(request)
        kind = call.kind if call else self.oauth.kind(request)
        if kind is None:
            return Response(404, b"", common_headers(self.clock.now()))
        self.calls.count(kind)
        if call and (refused := self._refused(call, request)):
            return refused
        fault = self.faults.take(request, kind) if self.faults else None
        latency_s = self.switches.latency_s + (fault.effect.delay_s if fault else 0)
        act = (
            partial(self._data, call, request)
            if call
            else partial(self.oauth.handle, request, kind)
        )
        response = self._under_fault(fault.effect, request, call, act) if fault else act()
        response.delay_s += latency_s
        return response

    def _refused(self, call: Call, request: Request) -> Response | None:
        """Count a request, and refuse it if it meets a limit or is too long."""
        told, now, app = self.switches, self.clock.now(), self.oauth.app(request)
        moment = now.timestamp()
        in_flight = self.traffic.count(call.realm, app, call.kind, moment, told.latency_s)
        if told.longest_url and len(request.path) + _query_length(request) > told.longest_url:
            return Response(414, b"", common_headers(now))
        if told.throttling == "measured" and not told.monthly_quota:
            return None
        if not app or self.limits.refusal(_arrival(call, app, request, now, in_flight)) is None:
            return None
        error = GatewayError(429, _LIMIT_REACHED)
        response = gateway_reply(error, request, now, throttle_format=told.throttle_format)
        if told.retry_after_s:
            response.headers["retry-after"] = str(told.retry_after_s)
        return response

    def _under_fault(
        self, effect: Effect, request: Request, call: Call | None, act: Callable[[], Response]
    ) -> Response:
        if effect.late_s:
            self._later(effect.late_s, act)
            return Response(drop=True)
        if effect.drop == "before":
            return Response(drop=True)
        if effect.replaces_answer:
            return self._injected(effect, request, is_data=call is not None)
        response = act()
        response.drop = effect.drop == "after" or response.drop
        return response

    def _injected(self, effect: Effect, request: Request, *, is_data: bool) -> Response:
        now = self.clock.now()
        if effect.body is not None:
            kind = "application/json" if effect.body.lstrip()[:1] in {"{", "["} else "text/xml"
            headers = common_headers(now) | {"content-type": kind}
            return Response(effect.status or 400, effect.body.encode(), headers)
        if not is_data and effect.code:
            return token_error(effect.code, status=effect.status)
        status = effect.status or _GATEWAY_STATUS.get(effect.code or "")
        if status in {401, 403, 429} and effect.code in {None, *_GATEWAY_STATUS}:
            error = GatewayError(status, _LIMIT_REACHED if status == 429 else None)
            form = self.switches.throttle_format
            return gateway_reply(error, request, now, throttle_format=form)
        if effect.code:
            response = fault_reply(ApiFault(effect.code), request, now)
            response.status = effect.status or response.status
            return response
        return proxy_page(status or 500, now)

    def _data(self, call: Call, request: Request) -> Response:
        now = self.clock.now()
        try:
            self.oauth.check(request, call.realm)
            if call.realm not in self.companies:
                raise GatewayError(403)
            if request.method == "POST" and not _has_readable_body(request):
                return Response(415, b"", common_headers(now))
            if call.kind == "pdf":
                return self._pdf(call, request)
            is_batch = call.kind == "batch"
            value = (
                self._batches.answer(call.realm, request)
                if is_batch
                else self._api.single(call, request)
            )
        except GatewayError as error:
            return gateway_reply(error, request, now)
        except ApiFault as fault:
            return fault_reply(fault, request, now)
        except ConnectionDropped:
            return Response(drop=True)
        if not is_batch:
            self._meter(call.kind)
        return reply(value, request, now)

    def _pdf(self, call: Call, request: Request) -> Response:
        """Answer with a document as a file.

        Raises:
            ApiFault: 2030 or 610.
        """
        headers = common_headers(self.clock.now())
        if self.switches.pdf_accept == "heeded" and not takes_pdf(request):
            return Response(406, b"", headers)
        row = self._api.record(call)
        kind = call.entity.name if call.entity else ""
        body = as_pdf(self._api.company_name(call.realm), kind, row)
        self._meter(call.kind)
        return Response(200, body, headers | {"content-type": "application/pdf"})

    # What happens besides

    def _on_change(self, change: Change) -> None:
        self.mailbox.post(change)
        self.nudge()

    def _on_item(self, kind: str, is_good: bool) -> None:
        self.calls.count(f"batch_item:{kind}")
        if is_good:
            self._meter(kind)

    def _meter(self, kind: str) -> None:
        self.traffic.meter(kind)
        self.limits.meter(kind, self.clock.now())

    def _find(self, change: Change) -> Row | None:
        return self.companies[change.realm].find(change.entity, change.id)

    def _later(self, seconds: float, act: Callable[[], object]) -> None:
        self._late.append((self.clock.now() + timedelta(seconds=seconds), act))

    def _settle(self) -> None:
        if not self._late:
            return
        now = self.clock.now()
        due = [each for each in self._late if each[0] <= now]
        self._late = [each for each in self._late if each[0] > now]
        for _, act in sorted(due, key=itemgetter(0)):
            act()


def _has_readable_body(request: Request) -> bool:
    if not request.body:
        return True
    kind = request.headers.get("content-type", "").lower()
    return any(each in kind for each in _READABLE_BODIES)


def _query_length(request: Request) -> int:
    return len(urlencode(request.query)) + 1 if request.query else 0


def _arrival(call: Call, app: str, request: Request, now: datetime, in_flight: int) -> Arrival:
    if call.kind != "batch":
        return Arrival(call.realm, app, call.kind, now, in_flight=in_flight)
    # A look is enough here; the body is read once the call is let through.
    items = request.body.count(b'"bId"')
    has_queries = b'"Query"' in request.body or b'"CDCQuery"' in request.body
    return Arrival(call.realm, app, call.kind, now, items, in_flight, has_queries)
