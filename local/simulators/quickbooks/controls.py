"""The admin routes of this stand-in: people, records, webhooks, apps, tokens, switches, limits."""

from typing import TYPE_CHECKING, Any

from local.simulators.admin import Admin
from local.simulators.quickbooks import person
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.schema import Row
from local.simulators.server import Response

if TYPE_CHECKING:
    from local.simulators.quickbooks.app import QuickBooks

_TOKEN_ACTIONS = {
    *("expire_access", "revoke", "rotate_on_next_refresh", "next_refresh_fails"),
    "deny_next_authorize",
}


class Controls:
    """Routes beside the common ones; each works on what the stand-in holds at that moment."""

    def __init__(self, app: "QuickBooks") -> None:
        self._app = app

    def add_to(self, admin: Admin) -> None:
        """Add the routes."""
        app = self._app
        admin.add("POST", "person", self._person)
        admin.add("GET", "records/{realm}/{entity}", self._records)
        admin.add("GET", "switches", lambda _: app.switches.listing())
        admin.add("POST", "switches", lambda body: app.switches.change(body))
        admin.add("GET", "webhooks", lambda _: app.mailbox.listing())
        admin.add("POST", "webhooks", self._configure_webhooks)
        admin.add("POST", "webhooks/redeliver", self._redeliver)
        admin.add("GET", "webhooks/deliveries", lambda _: app.mailbox.deliveries())
        admin.add("GET", "tokens", lambda _: app.oauth.grants.listing())
        admin.add("POST", "tokens", self._tokens)
        admin.add("POST", "apps", self._connect_app)
        admin.add("GET", "limits", lambda _: self._limits())
        admin.add("POST", "limits/reset", self._reset_limits)

    def _person(self, body: Any) -> Response:
        try:
            company = self._app.companies[body["realm"]]
            return Response.json(person.act(company, body))
        except ApiFault as fault:
            return Response.json({"Fault": fault.body()}, fault.status)

    def _records(self, _: object, realm: str, entity: str) -> list[Row]:
        rows = self._app.companies[realm].rows(entity)
        return sorted(rows, key=lambda row: (len(row["Id"]), row["Id"]))

    def _configure_webhooks(self, body: Any) -> dict[str, Any]:
        settings = self._app.mailbox.configure(body)
        self._app.nudge()
        return settings

    def _redeliver(self, body: Any) -> dict[str, int]:
        asked = body or {}
        count = self._app.mailbox.redeliver(int(asked.get("times", 1)), asked.get("id"))
        self._app.nudge()
        return {"queued": count}

    def _tokens(self, body: Any) -> dict[str, Any]:
        if unknown := sorted(set(body) - _TOKEN_ACTIONS):
            raise ValueError(f"unknown: {', '.join(unknown)}")
        oauth = self._app.oauth
        if body.get("expire_access"):
            oauth.grants.expire_access()
        if body.get("revoke"):
            oauth.grants.revoke_all()
        if "rotate_on_next_refresh" in body:
            oauth.grants.rotates_next = bool(body["rotate_on_next_refresh"])
        if "next_refresh_fails" in body:
            oauth.failing_refreshes = int(body["next_refresh_fails"])
        if "deny_next_authorize" in body:
            oauth.denies_next = bool(body["deny_next_authorize"])
        return oauth.grants.listing()

    def _connect_app(self, body: Any) -> dict[str, str]:
        if unknown := sorted(set(body) - {"realm", "client_id"}):
            raise ValueError(f"unknown: {', '.join(unknown)}")
        realm, client_id = self._app.companies[body["realm"]].realm, body["client_id"]
        if client_id in ("", self._app.setup.client_id) or not isinstance(client_id, str):
            raise ValueError("client_id names another app")
        return {"access_token": self._app.oauth.grants.connect_other(client_id, realm)}

    def _reset_limits(self, _: object) -> dict[str, Any]:
        self._app.traffic.reset()
        self._app.limits.reset()
        return self._limits()

    def _limits(self) -> dict[str, Any]:
        return self._app.traffic.listing() | self._app.limits.listing(self._app.clock.now())
