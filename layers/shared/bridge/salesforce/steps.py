"""Steps: the single records of a call to an org, as they are sent and as they are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridge.errors import BridgeError, PermanentError, UnavailableError
from bridge.model import Fate, Value, Write, WriteKind, WriteResult
from bridge.salesforce.faults import Fault, fault_of
from bridge.salesforce.ids import to_18
from bridge.salesforce.records import body_of, unmodified_since
from bridge.salesforce.soql import part_link

# No assignment rule may hand a record that we write to another owner.
NO_ASSIGNMENT = {"Sforce-Auto-Assign": "FALSE"}
ROW_HEADERS = {"Sforce-Call-Options": "client=bridge", **NO_ASSIGNMENT}
# Said of whatever was undone because something else in the call was refused.
HALTED = "PROCESSING_HALTED"


@dataclass(frozen=True)
class Step:
    """One record to be sent: changed where it has an id, made new where it has none.

    A `document` is made with its lines; a line `is_removed` under the condition of a change.
    """

    object: str
    body: Mapping[str, Value]
    record_id: str | None = None
    version: str | None = None
    document: Write | None = None
    is_removed: bool = False


def is_document(write: Write) -> bool:
    """Say whether a write makes a document with its lines."""
    return write.is_whole and write.kind is WriteKind.CREATE


def step_of(write: Write, root_id: str | None = None) -> Step:
    """Return the step of a write; a new part is tied to its root."""
    body = body_of(write)
    if write.record_id is None:
        is_new_part = root_id is not None and body
        link = {write.parent or part_link(write.object).key: root_id} if is_new_part else {}
        document = write if is_document(write) else None
        return Step(write.object, {**body, **link}, document=document)
    is_removed = write.kind is WriteKind.DELETE
    return Step(write.object, body, to_18(write.record_id), write.version, is_removed=is_removed)


def removal(reference: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """Return the subrequest that deletes the record of a change."""
    return {"method": "DELETE", "url": change["url"], "referenceId": reference}


def subrequest(reference: str, rows: str, step: Step) -> dict[str, Any]:
    """Return the subrequest of a composite call that carries out a step."""
    condition = {"If-Unmodified-Since": unmodified_since(step.version)} if step.version else {}
    address = f"{rows}/{step.object}"
    return {
        "method": "PATCH" if step.record_id else "POST",
        "url": f"{address}/{step.record_id}" if step.record_id else address,
        "referenceId": reference,
        "httpHeaders": {**ROW_HEADERS, **condition},
        "body": step.body,
    }


def inserted(item: Any, step: Step) -> WriteResult:
    """Read the answer to one record of a collection."""
    if not isinstance(item, dict):
        return in_doubt(step)
    if item.get("success") is True:
        return done(item, step)
    return refused(fault_of(200, item.get("errors")), "insert", step)


def changed(item: Mapping[str, Any] | None, step: Step) -> WriteResult:
    """Read the answer to one subrequest; None where the answer left it out."""
    status = item.get("httpStatusCode") if item else None
    if item is None or not isinstance(status, int):
        return in_doubt(step)
    if not 200 <= status < 300:
        fault = fault_of(status, item.get("body"), is_update=step.record_id is not None)
        return refused(fault, "update", step)
    return WriteResult(Fate.DONE, step.record_id) if step.record_id else done(item["body"], step)


def removed(items: Sequence[Mapping[str, Any] | None], step: Step) -> WriteResult:
    """Return what became of a line that was to be taken away; what stood in the way of another one
    leaves it where it is, to be looked at again.
    """
    results = [changed(item, step) for item in items]
    failed = [each for each in results if each.fate is not Fate.DONE]
    own = next((e for e in failed if e.error is None or e.error.code != HALTED), None)
    if own is None and failed:
        return replace(failed[0], fate=Fate.STALE)
    return own or results[-1]


def done(body: Any, step: Step) -> WriteResult:
    """Read the answer to an insert; without an id it says nothing that can be relied on."""
    record_id = body.get("id") if isinstance(body, dict) else None
    return WriteResult(Fate.DONE, to_18(record_id)) if record_id else in_doubt(step)


def refused(fault: Fault, operation: str, step: Step) -> WriteResult:
    """Return the result of a record that the org refused."""
    error = fault.error(operation, step.record_id or "")
    return WriteResult(fault.fate, step.record_id, error=error, vendor_text=fault.vendor_text)


def in_doubt(step: Step) -> WriteResult:
    """Return the result of a record of which the answer does not speak."""
    error = UnavailableError("answer_incomplete", is_unknown=True, system="salesforce")
    return WriteResult(Fate.UNKNOWN, step.record_id, error=error)


def failed(error: BridgeError, step: Step) -> WriteResult:
    """Return what a call that failed as a whole, or was not made, means for one of its records."""
    if isinstance(error, PermanentError):
        return WriteResult(Fate.REFUSED, step.record_id, error=error)
    is_unknown = isinstance(error, UnavailableError) and error.is_unknown
    return WriteResult(Fate.UNKNOWN if is_unknown else Fate.NOT_SENT, step.record_id, error=error)
