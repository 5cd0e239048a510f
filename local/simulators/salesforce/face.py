"""The admin routes that only the Salesforce stand-in has, beside the common ones."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from local.simulators.admin import Admin
from local.simulators.page import Page
from local.simulators.salesforce import ids, keys, lifecycle
from local.simulators.salesforce.catalog import OrgCatalog
from local.simulators.salesforce.cloning import clone
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.reading import show_all
from local.simulators.salesforce.schema import ObjectType
from local.simulators.salesforce.writing import change, insert
from local.simulators.server import Request, Response

if TYPE_CHECKING:
    from local.simulators.salesforce.app import Salesforce

_CHANGES = "/_admin/changes"
_EVENTS = "/_admin/events"
# What people's edits in the pages of Salesforce come through.
_PAGES = "com/salesforce/api/soap/67.0;client=SfdcInternalAPI/"


class Face:
    """Answers what begins with `/_admin/`."""

    def __init__(self, salesforce: "Salesforce") -> None:
        self._salesforce = salesforce
        self._org = salesforce.org
        self._admin = Admin(
            clock=salesforce.clock,
            faults=salesforce.faults,
            calls=salesforce.calls,
            reset=salesforce.reset,
        )
        self._admin.page = Page(OrgCatalog(salesforce)).handle
        self._admin.add("POST", "person", self._act_as_person)
        self._admin.add("GET", "records/{object_name}", self._list_records)
        self._admin.add("POST", "tokens", self._change_tokens)
        self._admin.add("POST", "events/gap", self._leave_gap)
        self._admin.add("POST", "locks", self._lock)
        self._admin.add("DELETE", "locks", self._unlock)
        self._admin.add("POST", "recycle-bin/empty", self._empty_bin)
        self._admin.add("GET", "switches", lambda _: salesforce.switches.listing())
        self._admin.add("POST", "switches", self._set_switches)

    def handle(self, request: Request) -> Response | None:
        """Answer an admin request; None if the request is not one."""
        if request.path.rstrip("/") == _CHANGES and request.method == "GET":
            return self._list_changes(request.query)
        if request.path.rstrip("/") == _EVENTS and request.method == "GET":
            return self._list_events(request.query)
        return self._admin.handle(request)

    def _list_changes(self, query: Mapping[str, str]) -> Response:
        after = query.get("after", "0")
        if not after.isdigit():
            return Response.json({"error": "after is a sequence number"}, 400)
        changes = self._org.changes
        # The numbers have no gaps, so the place of the first one wanted can be reckoned.
        skipped = max(int(after) - changes[0].seq + 1, 0) if changes else 0
        return Response.json([change.listing() for change in changes[skipped:]])

    def _list_events(self, query: Mapping[str, str]) -> Response:
        after = query.get("after", "0")
        if not after.isdigit():
            return Response.json({"error": "after is a replay id"}, 400)
        form = query.get("form", "streaming")
        messages = self._salesforce.bus.messages(int(after), query.get("name"), form)
        return Response.json(messages)

    def _leave_gap(self, body: Any) -> dict[str, bool]:
        record_ids = body.get("recordIds", [])
        self._salesforce.bus.leave_gap(body["object"], body["changeType"], record_ids)
        return {"ok": True}

    def _lock(self, body: Any) -> dict[str, Any]:
        locks = self._org.locks
        for given in body["ids"]:
            record_id = ids.parse(given)
            if record_id is None:
                raise ValueError(f"no id: {given}")
            if body.get("approval"):
                locks.approvals.add(record_id)
            else:
                locks.held[record_id] = body.get("times")
        return {"held": locks.held, "approvals": sorted(locks.approvals)}

    def _unlock(self, _: object) -> dict[str, bool]:
        self._org.locks.clear()
        return {"ok": True}

    def _list_records(self, _: object, object_name: str) -> list[dict[str, Any]]:
        object_type = self._org.schema.find(object_name)
        if object_type is None:
            raise ValueError(f"no object {object_name}")
        return [show_all(object_type, row) for row in self._org.rows(object_type).values()]

    def _set_switches(self, body: Any) -> dict[str, Any]:
        self._salesforce.switches.set(body)
        return self._salesforce.switches.listing()

    def _empty_bin(self, _: object) -> dict[str, int]:
        return {"purged": lifecycle.empty_bin(self._org)}

    def _change_tokens(self, body: Any) -> dict[str, bool]:
        if pem := body.get("register_public_key"):
            self._salesforce.app.public_keys.append(public_key_of(pem))
        if body.get("deny_next_authorize"):
            self._salesforce.oauth.web_flow.deny_next = True
        if body.get("expire"):
            self._salesforce.sessions.end_all()
        return {"ok": True}

    def _act_as_person(self, body: Any) -> Response:
        self._org.origin = _PAGES
        try:
            record_id = self._act(body)
        except ApiError as error:
            return Response.json(error.body(), error.status)
        return Response.json({"id": record_id, "success": True})

    def _act(self, body: Mapping[str, Any]) -> str:
        object_type = self._org.schema.require(body["object"])
        user_id = self._salesforce.people.person_id
        saves = body.get("allowSave") is True
        if body["action"] == "create":
            return insert(self._org, object_type, body.get("fields", {}), user_id, allow_save=saves)
        record_id = keys.path_id(object_type, body["id"])
        match body["action"]:
            case "update":
                row = lifecycle.live_row(self._org, object_type, record_id)
                fields = body.get("fields", {})
                change(self._org, object_type, row, fields, user_id, allow_save=saves)
            case "delete":
                lifecycle.delete(self._org, object_type, record_id, user_id)
            case "clone":
                fields, deep = body.get("fields", {}), body.get("withChildren") is True
                org = self._org
                return clone(org, object_type, record_id, fields, user_id, with_children=deep)
            case "undelete":
                lifecycle.undelete(self._org, object_type, record_id, user_id)
            case "merge":
                self._merge(object_type, record_id, body["into"], user_id)
            case unknown:
                raise ValueError(f"no action {unknown}")
        return record_id

    def _merge(self, object_type: ObjectType, loser_id: str, into: str, user_id: str) -> None:
        master_id = keys.path_id(object_type, into)
        if master_id == loser_id:
            raise ApiError("INVALID_ID_FIELD", "a record cannot be merged into itself", [])
        lifecycle.merge(self._org, object_type, master_id, [loser_id], user_id)


def public_key_of(pem: str) -> str:
    """Return the public key in a PEM text that holds it or a certificate for it.

    Raises:
        ValueError: neither of them is in the text.
    """
    raw = pem.encode()
    try:
        if b"BEGIN CERTIFICATE" in raw:
            key: Any = load_pem_x509_certificate(raw).public_key()
        else:
            key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("register_public_key takes a PEM public key or certificate") from error
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
