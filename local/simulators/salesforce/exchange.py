"""One call and its reply, between the HTTP face and the resources."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_VERSION = re.compile(r"/v(\d+)\.")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one resource: decoded path segments below the version, parsed JSON body."""

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    user_id: str
    base: str

    def record_url(self, object_name: str, record_id: str) -> str:
        """Return the path of a record, as replies name it."""
        return f"{self.base}/sobjects/{object_name}/{record_id}"

    def by(self, user_id: str, body: Any) -> "Call":
        """Return the call with its user and its body."""
        return Call(self.method, self.parts, self.query, self.headers, body, user_id, self.base)

    @property
    def allows_save(self) -> bool:
        """Tell whether the caller saves in spite of an alert of a duplicate rule."""
        header = self.headers.get("sforce-duplicate-rule-header", "")
        return "allowsave=true" in header.lower().replace(" ", "")

    @property
    def version(self) -> int:
        """Return the version of the API in the address."""
        found = _VERSION.search(self.base)
        return int(found[1]) if found else 0


@dataclass(slots=True)
class Reply:
    """A status and a JSON value, or a text of another kind; None is no body at all."""

    status: int = 200
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: bytes | None = None
