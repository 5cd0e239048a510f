"""The errors of the bridge; the class of an error says what its catcher should do next.

    BridgeError
    ├── RetryableError             try later
    │   ├── RateLimitedError         a limit was reached; retry_after_s says when
    │   ├── UnavailableError         the other side is down, slow, or holds a lock
    │   └── StaleRecordError         the version moved: load and decide again
    ├── PermanentError             the same call fails the same way: somebody must change something
    │   ├── RecordRejectedError      the other system refused the values
    │   └── MappingError             a value or a mapping cannot be used
    ├── ConnectionLostError        the grant is gone: nothing of this system can work
    ├── InvalidSignatureError      a webhook that cannot be trusted
    ├── UnknownSenderError         a genuine webhook from an org that is not connected
    └── ConfigurationError         settings or mappings are wrong

No error carries a body, a token, or a value of a customer: vendors quote values in their texts,
so such a text travels only beside the error, on its way to the Salesforce record.
"""


class BridgeError(Exception):
    """Says what went wrong in words that are safe to log."""

    def __init__(
        self,
        reason: str,
        *,
        system: str = "",
        operation: str = "",
        record_id: str = "",
        code: str = "",
        field: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.system = system
        self.operation = operation
        self.record_id = record_id
        self.code = code
        self.field = field
        self.request_id = request_id

    def __str__(self) -> str:
        named = ("system", "operation", "record_id", "code", "field", "request_id")
        parts = [f"{name}={value}" for name in named if (value := getattr(self, name))]
        return " ".join([self.reason, *parts])


class RetryableError(BridgeError):
    """The same call may succeed later."""


class RateLimitedError(RetryableError):
    """A limit was reached, the vendor's or our own."""

    def __init__(self, reason: str, *, retry_after_s: float = 60.0, **context: str) -> None:
        super().__init__(reason, **context)
        self.retry_after_s = retry_after_s


class UnavailableError(RetryableError):
    """The other side did not answer properly; `is_unknown` when the request may have
    taken effect.
    """

    def __init__(self, reason: str, *, is_unknown: bool = False, **context: str) -> None:
        super().__init__(reason, **context)
        self.is_unknown = is_unknown


class StaleRecordError(RetryableError):
    """The record has another version than the write was based on."""


class PermanentError(BridgeError):
    """The same call would fail in the same way."""


class RecordRejectedError(PermanentError):
    """The other system refused the values."""


class MappingError(PermanentError):
    """A value cannot be converted, or a mapping does not fit the record."""


class ConnectionLostError(BridgeError):
    """The grant is revoked or expired; a person must connect the system again."""


class InvalidSignatureError(BridgeError):
    """A webhook whose signature does not fit its bytes."""


class UnknownSenderError(BridgeError):
    """A webhook with a good signature from an organisation that is not connected."""


class ConfigurationError(BridgeError):
    """Settings or mappings are wrong; nothing can work until they are mended."""
