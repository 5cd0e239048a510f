"""What an error of AWS asks of us: one translation for all stores."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from bridge.errors import BridgeError, ConfigurationError, PermanentError, UnavailableError

_MISCONFIGURED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "DecryptionFailure",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
    }
)
_REFUSED = frozenset(
    {"InvalidMessageContents", "InvalidParameterException", "InvalidRequestException"}
    | {"IdempotentParameterMismatchException", "ValidationException"}
)


def code_of(error: ClientError) -> str:
    """Return the code that AWS gave to an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_refused_condition(error: ClientError) -> bool:
    """Say whether a conditional write met another row than it was meant for."""
    return code_of(error) == "ConditionalCheckFailedException"


def error_of(error: ClientError, operation: str) -> BridgeError:
    """Translate an error of AWS by its code; what is not known to be lasting may be tried again.

    The text of the original stays out of it: it can quote a row.
    """
    code = code_of(error)
    if code in _MISCONFIGURED:
        return ConfigurationError("aws_access_misconfigured", operation=operation, code=code)
    if code in _REFUSED:
        return PermanentError("aws_request_refused", operation=operation, code=code)
    request_id = str(error.response.get("ResponseMetadata", {}).get("RequestId", ""))
    return UnavailableError(
        "aws_unavailable", is_unknown=True, operation=operation, code=code, request_id=request_id
    )


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Turn whatever boto3 raises within into errors of the bridge.

    Raises:
        UnavailableError: throttled, timed out, not reachable; the call may have taken effect.
        ConfigurationError: no access, or the thing does not exist.
        PermanentError: the request itself is at fault.
    """
    try:
        yield
    except ClientError as error:
        raise error_of(error, operation) from None
    except BotoCoreError as error:
        raise UnavailableError(
            "aws_unavailable", is_unknown=True, operation=operation, code=type(error).__name__
        ) from None
