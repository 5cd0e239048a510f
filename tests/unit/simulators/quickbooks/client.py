"""A client of the QuickBooks stand-in that calls its handler in process."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from local.simulators.quickbooks.app import QuickBooks
from local.simulators.server import Request, Response

JSON = {"accept": "application/json", "content-type": "application/json"}


class Client:
    """Speaks for one app and one realm; `status` is that of the last answer."""

    def __init__(self, app: QuickBooks, realm: str = "1", token: str = "at-0") -> None:
        self.app = app
        self.realm = realm
        self.token = token
        self.status = 0

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        **query: str,
    ) -> Response:
        """Send a request below the company and return the raw response."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        whole = JSON | {"authorization": f"Bearer {self.token}"} | (headers or {})
        request = Request(
            method,
            f"/v3/company/{self.realm}/{path}",
            query,
            whole,
            b"" if body is None else content,
        )
        response = self.app.handle(request)
        self.status = response.status
        return response

    def call(self, method: str, path: str, body: object = None, **query: Any) -> dict[str, Any]:
        """Send a request below the company and return the parsed answer."""
        return parsed(self.send(method, path, body, **query))

    def create(self, entity: str, **fields: Any) -> dict[str, Any]:
        """Create a record and return it."""
        return self._record(entity, self.call("POST", entity.lower(), fields))

    def update(self, entity: str, **fields: Any) -> dict[str, Any]:
        """Update a record, sparsely unless told otherwise, and return it."""
        return self._record(entity, self.call("POST", entity.lower(), {"sparse": True, **fields}))

    def read(self, entity: str, record_id: str) -> dict[str, Any]:
        """Read a record."""
        return self._record(entity, self.call("GET", f"{entity.lower()}/{record_id}"))

    def query(self, statement: str) -> dict[str, Any]:
        """Run a statement and return its QueryResponse, or the whole answer if it is a fault."""
        answer = self.call("GET", "query", query=statement)
        return answer.get("QueryResponse", answer)

    def batch(self, *items: dict[str, Any], **query: str) -> list[dict[str, Any]]:
        """Send a batch and return its items."""
        return self.call("POST", "batch", {"BatchItemRequest": list(items)}, **query)[
            "BatchItemResponse"
        ]

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """Call the admin face."""
        content = b"" if body is None else json.dumps(body).encode()
        response = self.app.handle(Request(method, f"/_admin/{path}", body=content))
        self.status = response.status
        return parsed(response)

    def other_app(self, client_id: str = "other") -> "Client":
        """Connect another app to the same company, and return its client."""
        asked = {"realm": self.realm, "client_id": client_id}
        token = self.admin("POST", "apps", asked)["access_token"]
        return Client(self.app, self.realm, token)

    def person(self, action: str, entity: str, **rest: Any) -> dict[str, Any]:
        """Act as a person in the product."""
        body = {"realm": self.realm, "action": action, "entity": entity, **rest}
        return self.admin("POST", "person", body)

    def token_call(self, secret: str = "Y2lkOnNlYw==", **form: str) -> Response:
        """Call the token endpoint; the secret is `cid:sec` in base64."""
        headers = {"authorization": f"Basic {secret}", "accept": "application/json"}
        request = Request("POST", "/oauth2/v1/tokens/bearer", {}, headers, urlencode(form).encode())
        return self.app.handle(request)

    def _record(self, entity: str, answer: dict[str, Any]) -> dict[str, Any]:
        return answer.get(entity, answer)


def parsed(response: Response) -> Any:
    """Parse a JSON response."""
    return json.loads(response.body, parse_float=Decimal)


def code_of(answer: dict[str, Any]) -> str:
    """Return the code of a fault."""
    return str(answer["Fault"]["Error"][0]["code"])
