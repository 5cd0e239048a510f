"""Both systems as people, and as other clients, work with them: for the demo, `make run` and the
end-to-end tests.

People act through the admin face of a stand-in, as they would in the product. What is read through
the API of QuickBooks goes in the name of an app of its own, because Intuit limits each app by
itself: no look from here takes a call from the bridge.
"""

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import requests

Row = dict[str, Any]

SALESFORCE_API = "/services/data/v64.0"
TIMEOUT_S = 20
ACCOUNT_FIELDS = (
    *("Id", "Name", "Parent.QuickBooks_Id__c", "Phone", "Fax", "Website", "Description"),
    "Payment_Terms__c",
    *("BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry"),
    *("ShippingStreet", "ShippingCity", "ShippingState", "ShippingPostalCode", "ShippingCountry"),
    *("QuickBooks_Id__c", "QuickBooks_Sync_Status__c", "QuickBooks_Sync_Message__c"),
)
CONTACTS = (
    "(SELECT Id, FirstName, LastName, Email, MobilePhone FROM Contacts ORDER BY CreatedDate, Id)"
)


class RefusedError(Exception):
    """A system refused what was asked of it; the message quotes its answer."""


@dataclass
class StandIn:
    """The admin face that both stand-ins have, and the calls that went to the API from here."""

    url: str
    own_calls: Counter[str] = field(default_factory=Counter)

    def admin(self, path: str, body: object = None, method: str | None = None) -> Any:
        """Call the admin face: GET without a body, else POST.

        Raises:
            RefusedError: the answer is not a good one.
        """
        method = method or ("GET" if body is None else "POST")
        answer = requests.request(method, f"{self.url}/_admin/{path}", json=body, timeout=TIMEOUT_S)
        return _checked(answer)

    def calls(self) -> Counter[str]:
        """Return the calls of the bridge by kind: all that were counted, less those from here."""
        counted = Counter(self.admin("calls")["by_kind"])
        counted.subtract(self.own_calls)
        return +counted


@dataclass
class QuickBooks(StandIn):
    """One QuickBooks company, and an app that is connected to it beside the bridge."""

    realm: str = "1"
    client_id: str = "looker-on"

    def create(self, entity: str = "Customer", **fields: object) -> Row:
        """Create a record as a person, and return it."""
        return self._act("create", entity=entity, fields=fields)

    def edit(self, record_id: str, entity: str = "Customer", **fields: object) -> Row:
        """Edit a record as a person, and return it."""
        return self._act("update", entity=entity, id=record_id, fields=fields)

    def rows(self, entity: str = "Customer") -> list[Row]:
        """Return all records of a kind, inactive ones too, uncounted."""
        rows: list[Row] = self.admin(f"records/{self.realm}/{entity}")
        return rows

    def read(self, record_id: str, entity: str = "Customer") -> Row:
        """Read a record through the API."""
        reply: Row = self._get("read", f"{entity.lower()}/{record_id}", {})
        return dict(reply[entity])

    def query(self, condition: str) -> list[Row]:
        """Query customers through the API, inactive ones too."""
        text = f"select * from Customer where {condition} and Active in (true, false)"  # noqa: S608 - ours
        reply: Row = self._get("query", "query", {"query": text})
        return list(reply["QueryResponse"].get("Customer", []))

    def writes(self) -> int:
        """Return how many records the bridge has written."""
        calls = self.calls()
        kinds = ("create", "update", "delete")
        return sum(calls[kind] + calls[f"batch_item:{kind}"] for kind in kinds)

    def _get(self, kind: str, path: str, query: dict[str, str]) -> Row:
        self.own_calls[kind] += 1
        answer = requests.get(
            f"{self.url}/v3/company/{self.realm}/{path}",
            params={**query, "minorversion": "75"},
            headers={"Authorization": f"Bearer {self._token()}", "Accept": "application/json"},
            timeout=TIMEOUT_S,
        )
        return dict(_checked(answer))

    def _token(self) -> str:
        """Return a new access token: one that was kept would end after an hour."""
        asked = {"realm": self.realm, "client_id": self.client_id}
        return str(self.admin("apps", asked)["access_token"])

    def _act(self, action: str, **more: object) -> Row:
        asked = {"realm": self.realm, "action": action, **more}
        return dict(self.admin("person", asked))


@dataclass
class Salesforce(StandIn):
    """One Salesforce org; a client of its own signs in with the app's credentials."""

    client: tuple[str, str] = ("cid", "sec")
    _session: str = ""

    def create(self, object_name: str = "Account", **fields: object) -> str:
        """Create a record as a person, and return its id."""
        return str(self._act("create", object=object_name, fields=fields)["id"])

    def edit(self, record_id: str, object_name: str = "Account", **fields: object) -> None:
        """Edit a record as a person."""
        self._act("update", object=object_name, id=record_id, fields=fields)

    def delete(self, record_id: str, object_name: str = "Account") -> None:
        """Delete a record as a person."""
        self._act("delete", object=object_name, id=record_id)

    def rows(self) -> list[Row]:
        """Return all accounts that are not deleted, each with its Contacts, uncounted."""
        contacts = self.records("Contact")
        contacts.sort(key=lambda row: (row["CreatedDate"], row["Id"]))
        return [
            {**row, "Contacts": [each for each in contacts if each["AccountId"] == row["Id"]]}
            for row in self.records("Account")
        ]

    def records(self, object_name: str) -> list[Row]:
        """Return all records of an object that are not deleted, uncounted."""
        return [row for row in self.admin(f"records/{object_name}") if not row["IsDeleted"]]

    def query(self, condition: str) -> list[Row]:
        """Query accounts with their Contacts through the API."""
        rows = self.ask("Account", [*ACCOUNT_FIELDS, CONTACTS], condition)
        return [
            {**row, "Contacts": (row["Contacts"] or {"records": []})["records"]} for row in rows
        ]

    def ask(self, object_name: str, columns: Sequence[str], condition: str) -> list[Row]:
        """Query records through the API."""
        soql = f"SELECT {', '.join(columns)} FROM {object_name} WHERE {condition}"  # noqa: S608 - ours
        self.own_calls["query"] += 1
        answer = requests.get(
            f"{self.url}{SALESFORCE_API}/query",
            params={"q": soql},
            headers={"Authorization": f"Bearer {self._signed_in()}"},
            timeout=TIMEOUT_S,
        )
        return list(_checked(answer)["records"])

    def writes(self) -> int:
        """Return how many records the bridge has written."""
        calls = self.calls()
        kinds = ("create", "update", "delete", "upsert")
        alone = sum(calls[kind] + calls[f"collections_item:{kind}"] for kind in kinds)
        methods = ("PATCH", "POST", "DELETE")
        return alone + sum(calls[f"composite_item:{method}"] for method in methods)

    def _signed_in(self) -> str:
        if not self._session:
            self.own_calls["token"] += 1
            answer = requests.post(
                f"{self.url}/services/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=self.client,
                timeout=TIMEOUT_S,
            )
            self._session = str(_checked(answer)["access_token"])
        return self._session

    def _act(self, action: str, **more: object) -> Row:
        return dict(self.admin("person", {"action": action, **more}))


def intuit_signature(body: bytes, verifier_token: str) -> str:
    """Return the signature that Intuit sends with a body (Intuit: develop/webhooks)."""
    return base64.b64encode(hmac.digest(verifier_token.encode(), body, hashlib.sha256)).decode()


def _checked(answer: requests.Response) -> Any:
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        where = f"{answer.request.method} {answer.request.path_url.partition('?')[0]}"
        raise RefusedError(f"{where}: {answer.status_code} {answer.text[:500]}")
    return answer.json(parse_float=Decimal)
