"""One call and its reply, between the HTTP face and the resources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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


@dataclass(slots=True)
class Reply:
    """A status and a JSON value; None is no body at all."""

    status: int = 200
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)
