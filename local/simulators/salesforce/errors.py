"""The errors of the REST service: codes, HTTP statuses, and the two shapes of their bodies."""

from collections.abc import Sequence
from typing import Any

# HTTP status of the codes that are not 400, and the text of those that a fault may name alone.
# REST API Developer Guide: "Status Codes and Error Responses".
STATUSES = {
    "INVALID_SESSION_ID": 401,
    "INVALID_AUTH_HEADER": 401,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "API_DISABLED_FOR_ORG": 403,
    "API_CURRENTLY_DISABLED": 403,
    "FUNCTIONALITY_NOT_ENABLED": 403,
    "INSUFFICIENT_ACCESS": 403,
    "NOT_FOUND": 404,
    "ENTITY_IS_DELETED": 404,
    "METHOD_NOT_ALLOWED": 405,
    "PRECONDITION_FAILED": 412,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "UNKNOWN_EXCEPTION": 500,
    "INTERNAL_ERROR": 500,
    "SERVER_UNAVAILABLE": 503,
}
MESSAGES = {
    "INVALID_SESSION_ID": "Session expired or invalid",
    "REQUEST_LIMIT_EXCEEDED": "TotalRequests Limit exceeded.",
    "NOT_FOUND": "The requested resource does not exist",
    "ENTITY_IS_DELETED": "entity is deleted",
    "INVALID_CROSS_REFERENCE_KEY": "invalid cross reference id",
    "UNABLE_TO_LOCK_ROW": "unable to obtain exclusive access to this record",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": (
        "Record rolled back because not all records were valid"
        " and the request was using AllOrNone header"
    ),
    "PROCESSING_HALTED": (
        "The transaction was rolled back since another operation in the same transaction failed."
    ),
    "PRECONDITION_FAILED": "Precondition for this request was not met",
    "SERVER_UNAVAILABLE": "Server too busy",
}


class ApiError(Exception):
    """A request, or one record of it, that the service refuses.

    `fields` is None where the service leaves that key out of a single reply.
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        fields: Sequence[str] | None = None,
        status: int | None = None,
    ) -> None:
        self.code = code
        self.message = message or MESSAGES.get(code, code)
        self.fields = fields
        self.status = status or STATUSES.get(code, 400)
        super().__init__(f"{code}: {self.message}")

    def body(self, base: str = "") -> list[dict[str, Any]]:
        """Return the body of a single reply, an array of one; `base` is for addresses in it."""
        del base
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            entry["fields"] = list(self.fields)
        return [entry]

    def item(self) -> dict[str, Any]:
        """Return the entry in the `errors` of one record of a collection."""
        return {
            "statusCode": self.code,
            "message": self.message,
            "fields": list(self.fields or ()),
        }


def no_such_column(name: str, object_name: str) -> ApiError:
    """Refuse a write of a field that the object does not have."""
    return ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {object_name}")


def not_writable(name: str) -> ApiError:
    """Refuse a write of a read-only field."""
    return ApiError(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {name}. Please check the security settings of this"
        " field and verify that it is read/write for your profile or permission set.",
        [name],
    )


def specified(name: str) -> ApiError:
    """Refuse a body that repeats the key which the address already names."""
    text = f"The {name} field should not be specified in the sobject data."
    return ApiError("INVALID_FIELD", text)
