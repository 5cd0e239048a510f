"""The HTTP face: from a request to a call, through faults and sessions, to a response."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

from local.simulators.admin import Calls
from local.simulators.clock import Clock
from local.simulators.faults import Effect, FaultPlan
from local.simulators.salesforce import formula, identity, ids, routes, sample
from local.simulators.salesforce.bulk import Jobs
from local.simulators.salesforce.cursors import Cursors
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.events import EventBus
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.face import Face
from local.simulators.salesforce.limits import Usage
from local.simulators.salesforce.oauth import App, OAuth
from local.simulators.salesforce.schema import CUSTOM_FIELDS
from local.simulators.salesforce.service import DroppedError, Service
from local.simulators.salesforce.sessions import Sessions
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.switches import Switches
from local.simulators.salesforce.versions import list_versions
from local.simulators.server import Request, Response, http_date

Answer = Callable[[], Reply]

_OAUTH = "/services/oauth2/"
_SERVICE = re.compile(r"(/services/data/v(\d+)\.0)(?:/(.*))?")
# REST API Developer Guide, "API End-of-Life Policy"; Winter '27 is version 68.0.
_OLDEST, _NEWEST = 31, 68
# REST API Developer Guide, "Status Codes and Error Responses": longer addresses get a 414.
_LONGEST_URI = 16_384
_TOO_LONG = b"<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>"
_CLIENT = re.compile(r"client=([^,;\s]+)")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an org is set up with."""

    org_id: str = ids.with_checksum("00D5f000005KcCn")
    access_token: str = "at-0"
    refresh_token: str = "rt-0"
    client_id: str = "cid"
    client_secret: str = "sec"
    username: str = "integration@example.com"
    custom_fields: Path | None = CUSTOM_FIELDS
    source: Path | None = None
    public_key: str | None = None
    is_empty: bool = False


class Salesforce:
    """One org behind its HTTP face; `handle` may be called by several servers."""

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        settings = settings or Settings()
        self.clock = clock or Clock()
        self.switches = Switches()
        schema = formula.checked_schema(settings.custom_fields, settings.source)
        self.org = Org(schema, self.clock, self.switches, settings.org_id)
        self.people = sample.add_people(self.org, settings.username)
        if not settings.is_empty:
            sample.add_company(self.org, self.people.person_id)
        self.faults, self.calls = FaultPlan(), Calls()
        usage, self.bus = Usage(self.clock, self.switches), EventBus(self.org)
        shared = (self.org, self.faults, self.calls)
        self.service = Service(*shared, Cursors(), usage, self.bus, Jobs())
        self.sessions = Sessions(self.clock, self.switches, settings.org_id)
        self.app = App(
            settings.client_id,
            settings.client_secret,
            settings.username,
            self.people.integration_id,
            [settings.public_key] if settings.public_key else [],
        )
        self.oauth = OAuth(self.org, self.sessions, self.app, self.clock, "")
        self._settings = settings
        self._start = self.org.snapshot()
        self._open_first_session()
        self._face = Face(self)
        self._lock = threading.RLock()
        self._date = (0, "")
        self._late: list[tuple[datetime, Answer]] = []

    def reset(self) -> None:
        """Return to the rows, tokens and switches of the start; registered keys stay."""
        self.org.restore(self._start)
        self._late.clear()
        self.switches.set(Switches().listing())
        self.service.cursors.clear()
        self.service.usage.clear()
        self.service.jobs.clear()
        self.oauth.web_flow.clear()
        self.bus.clear()
        self.org.locks.clear()
        self.sessions.clear()
        self._open_first_session()

    def handle(self, request: Request) -> Response:
        """Answer a request."""
        with self._lock:
            self._catch_up()
            return self._face.handle(request) or self._answer(request)

    def settle(self) -> None:
        """Let the late effects happen whose time has come, as the next request would."""
        with self._lock:
            self._catch_up()

    def _open_first_session(self) -> None:
        user_id = self.app.user_id
        self.sessions.open(user_id, self._settings.access_token)
        self.sessions.allow_refresh(self._settings.refresh_token, user_id)

    # One request

    def _answer(self, request: Request) -> Response:
        if _uri_length(request) > _LONGEST_URI:
            self.calls.count("unknown")
            return Response(
                414, _TOO_LONG, {"Content-Type": "text/html", "Date": self._date_header()}
            )
        if request.path.startswith("/id/"):
            answer = identity.Identity(self.org, self.sessions, self.oauth)
            return self._guarded(request, "identity", lambda: answer.show(request))
        if request.path.startswith(_OAUTH):
            endpoint = request.path.removeprefix(_OAUTH).strip("/")
            if self.switches.token_calls_count:
                self.service.usage.count()
            return self._guarded(request, endpoint, lambda: self.oauth.handle(endpoint, request))
        if request.path.rstrip("/") == "/services/data":
            versions = list_versions(_OLDEST, _NEWEST)
            return self._guarded(request, "versions", lambda: Reply(200, versions))
        call, (kind, resource) = _routed(request)
        return self._guarded(request, kind, lambda: self._served(request, call, resource))

    def _served(self, request: Request, call: Call, resource: routes.Resource) -> Reply:
        usage = self.service.usage
        try:
            user_id = self.sessions.authenticate(request.headers.get("authorization"))
            if not usage.count():
                raise ApiError("REQUEST_LIMIT_EXCEEDED")
            known = call.by(user_id, _body(request))
            self.org.origin = _origin(known, self.switches)
            reply = resource(self.service, known)
        except ApiError as error:
            reply = Reply(error.status, error.body(call.base))
        reply.headers["Sforce-Limit-Info"] = usage.header()
        return reply

    def _guarded(self, request: Request, kind: str, answer: Answer) -> Response:
        """Count the call, let a planted fault have its way, and turn refusals into replies."""
        whole, _, _ = kind.partition(":")
        self.calls.count(whole)
        if whole != kind:
            self.calls.count(kind)
        fault = self.faults.take(request, kind)
        if fault is None:
            return self._attempted(answer)
        if fault.effect.replaces_answer:
            return self._broken(fault.effect)
        if fault.effect.late_s:
            due = self.clock.now() + timedelta(seconds=fault.effect.late_s)
            self._late.append((due, answer))
            return Response(drop=True)
        response = self._attempted(answer)
        response.delay_s += fault.effect.delay_s
        response.drop |= fault.effect.drop == "after"
        return response

    def _attempted(self, answer: Answer) -> Response:
        try:
            return self._response(answer())
        except ApiError as error:
            return self._response(Reply(error.status, error.body()))
        except DroppedError:
            return Response(drop=True)

    def _catch_up(self) -> None:
        """Let the late effects happen whose time has come."""
        if not self._late:
            return
        now = self.clock.now()
        due = [answer for moment, answer in self._late if moment <= now]
        self._late = [(moment, answer) for moment, answer in self._late if moment > now]
        for answer in due:
            self._attempted(answer)

    def _broken(self, effect: Effect) -> Response:
        if effect.drop == "before":
            return Response(drop=True, delay_s=effect.delay_s)
        if effect.body is not None:
            headers = {"Content-Type": "text/html;charset=UTF-8"}
            if effect.body.lstrip()[:1] in ("{", "["):
                headers = {"Content-Type": "application/json;charset=UTF-8"}
            response = Response(effect.status or 500, effect.body.encode(), headers)
        else:
            code = effect.code or "UNKNOWN_EXCEPTION"
            error = ApiError(code, None, None, effect.status)
            error.fields = [] if error.status == HTTPStatus.BAD_REQUEST else None
            response = self._response(Reply(error.status, error.body()))
        response.delay_s = effect.delay_s
        return response

    def _response(self, reply: Reply) -> Response:
        headers = {**reply.headers, "Date": self._date_header()}
        if reply.value is None:
            return Response(reply.status, reply.text or b"", headers)
        return Response.json(reply.value, reply.status, headers)

    def _date_header(self) -> str:
        """Return the time by the stand-in's clock; clients may reckon with it."""
        now = self.clock.now()
        second = int(now.timestamp())
        if second != self._date[0]:
            self._date = (second, http_date(now))
        return self._date[1]


def _uri_length(request: Request) -> int:
    parts = sum(len(name) + len(value) + 2 for name, value in request.query.items())
    # Escaping makes of one character twelve at most.
    if len(request.path) + 12 * parts <= _LONGEST_URI:
        return 0
    return len(request.path) + (len(urlencode(request.query)) + 1 if request.query else 0)


def _routed(request: Request) -> tuple[Call, tuple[str, routes.Resource]]:
    """Return the call in a request and what answers it, be it only with a refusal."""
    call = Call(request.method, (), request.query, request.headers, None, "", "")
    try:
        call = _call(request)
        return call, routes.find(call)
    except ApiError as error:
        refusal = error

        def refuse(_service: Service, _call: Call) -> Reply:
            raise refusal

        return call, ("unknown", refuse)


def _call(request: Request) -> Call:
    found = _SERVICE.fullmatch(request.path)
    if not found or int(found.group(2)) > _NEWEST:
        raise ApiError("NOT_FOUND")
    base, version, below = found.groups()
    if int(version) < _OLDEST:
        raise ApiError("NOT_FOUND", f"API version {version}.0 is retired", status=HTTPStatus.GONE)
    parts = tuple(unquote(part) for part in (below or "").rstrip("/").split("/"))
    return Call(request.method, parts, request.query, request.headers, None, "", base)


def _body(request: Request) -> Any:
    """Return the JSON of a request, or the text of one that brings CSV."""
    if not request.body or request.method in ("GET", "HEAD"):
        return None
    kind = request.headers.get("content-type", "")
    if "csv" in kind and request.method == "PUT":
        return request.body.decode("utf-8-sig", "replace")
    if "json" not in kind:
        text = f"Content-Type header specified in HTTP request is not supported: {kind}"
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", text)
    try:
        return json.loads(request.body, parse_float=Decimal)
    except ValueError as error:
        raise ApiError("JSON_PARSER_ERROR", f"{error}") from None


def _origin(call: Call, switches: Switches) -> str:
    """Return through which API and by which client a change comes, as change events tell it."""
    api = "bulkapi" if call.parts[:1] == ("jobs",) else "rest"
    origin = f"com/salesforce/api/{api}/{call.version}.0"
    found = _CLIENT.search(call.headers.get("sforce-call-options", ""))
    if not found or (call.parts[:1] == ("composite",) and not switches.client_name_in_collections):
        return origin
    return f"{origin};client={found[1]}"
