"""The faults of the Accounting API, by code, and the gateway's own errors.

Codes and messages: Intuit, develop/troubleshooting/error-codes and handling-common-errors.
"""

from dataclasses import dataclass

_MESSAGES = {
    "100": "General Authentication Error",
    "120": "Authorization Failure",
    "400": "MalformedRequest",
    "500": "Unsupported Operation",
    "600": "Duplicate Request ID",
    "610": "Object Not Found",
    "900": "Parent cannot be child",
    "1040": "Batch size exceeds allowed limit",
    "2010": "Request has invalid or unsupported property",
    "2020": "Required param missing, need to supply the required value for the API",
    "2030": "Invalid ID",
    "2040": "Invalid String. The String may contain unsupported or illegal chars",
    "2050": "String length is either shorter or longer than supported by specification",
    "2070": "Invalid Date",
    "2080": "Invalid Number",
    "2130": "Invalid Request Id Format",
    "2170": "Invalid Enumeration",
    "2210": "Invalid Email Address format",
    "2230": "Invalid Boolean",
    "2240": "Invalid Number Range",
    "2500": "Invalid Reference Id",
    "4000": "Error parsing query",
    "4001": "Invalid query",
    "4002": "Error processing query",
    "5010": "Stale Object Error",
    "5020": "Permission Denied Error",
    "6000": "A business validation error has occurred while processing your request",
    "6010": "Invalid Account.AccountType && Account.AccountSubType",
    "6080": "No Name Provided",
    "6140": "Duplicate Document Number Error",
    "6150": "ParentRef Required Validation Error",
    "6070": "Amount calculation incorrect in the request",
    "6180": "Sub Level Limit",
    "6190": "Invalid Company Status",
    "6210": "Account Period Closed, Cannot Update Through Services API",
    "6220": "Delete List Has Balance Error",
    "6240": "Duplicate Name Exists Error",
    "6270": "Transaction date is prior to start date for inventory item",
    "6540": "Deposited Transaction cannot be changed",
    "10000": "An application error has occurred while processing your request",
}

# What the original says in the detail of a fault that is injected by its code alone.
_DETAILS = {
    "100": "AuthenticationErrorGeneral: SRV-110-Authentication Failure , statusCode: 401",
    "120": ": -11014-You do not have access to use QuickBooks Online Plus.",
    "610": "Object Not Found : Something you're trying to use has been made inactive. Check the "
    "fields with accounts, customers, items, vendors or employees.",
    "4002": "QueryProcessingError: To email address entered is invalid",
    "5010": "Stale Object Error : You and root were working on this at the same time. root "
    "finished before you did, so your work was not saved.",
    "6000": "Business Validation Error: An unexpected error occurred while accessing or saving "
    "your data. Please wait a few minutes and try again.",
    "6190": "Subscription period has ended or canceled or there was a billing problem : You can't "
    "add data to QuickBooks Online Plus because your trial or subscription period ended.",
    "6210": "The account period has closed and the account books cannot be updated through the "
    "QBO Services API. Please use the QBO website to make these changes.",
    "6220": "The entity you are trying to delete has an open balance. : This customer cannot be "
    "deleted because it has a non-zero balance",
    "6240": "The name supplied already exists. : Another customer, vendor or employee is already "
    "using this name. Please use a different name.",
    "6540": "This transaction has been deposited. If you want to change or delete it, you must "
    "edit the deposit it appears on and remove it first.",
    "10000": "System Failure Error: null",
}

_STATUS = {"100": 401, "120": 401, "10000": 500}
_TYPES = {"100": "AuthenticationFault", "120": "AuthorizatonFault", "10000": "SystemFault"}
# Recorded faults of these codes carry no `element` at all.
_WITHOUT_ELEMENT = {"400", "500", "1040", "2010", "4000", "4001", "4002"}


@dataclass
class ApiFault(Exception):  # noqa: N818 - the vendor's word
    """A refusal by the Accounting API, with the entry of its `Fault.Error` list."""

    code: str
    detail: str = ""
    element: str = ""

    @property
    def status(self) -> int:
        """Return the HTTP status that goes with the code."""
        return _STATUS.get(self.code, 400)

    def body(self) -> dict[str, object]:
        """Return the value of `Fault`, as in a whole reply and in a batch item."""
        entry = {
            "Message": _MESSAGES.get(self.code, "A fault of the stand-in's admin"),
            "Detail": self.detail or _DETAILS.get(self.code, ""),
            "code": self.code,
        }
        if self.code not in _WITHOUT_ELEMENT:
            entry["element"] = self.element
        return {"Error": [entry], "type": _TYPES.get(self.code, "ValidationFault")}


@dataclass
class GatewayError(Exception):
    """A refusal by the gateway in front of the API: 401, 403 or 429, in its own envelope."""

    status: int
    detail: str | None = None
    message: str = ""

    @property
    def code(self) -> str:
        """Return the vendor's code, for example 3200."""
        return _GATEWAY[self.status][0]

    def text(self) -> str:
        """Return the message, which names the code and the status once more."""
        code, message, _ = _GATEWAY[self.status]
        name = self.message or message
        return f"message={name}; errorCode=00{code}; statusCode={self.status}"

    def kind(self) -> str:
        """Return the type of the fault."""
        return _GATEWAY[self.status][2]


_GATEWAY = {
    401: ("3200", "AuthenticationFailed", "AUTHENTICATION"),
    403: ("3100", "ApplicationAuthorizationFailed", "SERVICE"),
    429: ("3001", "ThrottleExceeded", "SERVICE"),
    500: ("3100", "InternalServerError", "SERVICE"),
}


def required(name: str) -> ApiFault:
    """Say that a needed field is not in the request."""
    return ApiFault("2020", f"Required parameter {name} is missing in the request", name)


def not_found() -> ApiFault:
    """Say that an id leads to nothing."""
    return ApiFault("610")


def deleted_by_another() -> ApiFault:
    """Say that a document was deleted."""
    return ApiFault("610", "Object Not Found : Another user has deleted this transaction.")


def duplicate_number(number: str, kind: str, holder: str) -> ApiFault:
    """Say that a document has this number already; the holder's id lets a client adopt it."""
    return ApiFault(
        "6140",
        "Duplicate Document Number Error : You must specify a different number. This number has "
        f"already been used. DocNumber={number} is assigned to TxnType={kind} with TxnId={holder}",
    )


def invalid_id(value: object) -> ApiFault:
    """Say that an id is not a number."""
    return ApiFault("2030", f"Id should be a valid number. Supplied value:{value}", "Id")


def stale() -> ApiFault:
    """Say that the SyncToken is not the current one."""
    return ApiFault("5010")


def invalid_reference(kind: str, value: str) -> ApiFault:
    """Say that a reference leads to nothing."""
    detail = f"Invalid Reference Id : {kind} element id {value} not found"
    return ApiFault("2500", detail, "Reference Id")


def inactive_reference() -> ApiFault:
    """Say that a reference leads to something that was made inactive."""
    text = _DETAILS["610"].replace("Object Not Found", "Invalid Reference Id")
    return ApiFault("2500", text)


def business(text: str) -> ApiFault:
    """Say that a rule of the product refuses the request."""
    return ApiFault("6000", f"Business Validation Error: {text}")
