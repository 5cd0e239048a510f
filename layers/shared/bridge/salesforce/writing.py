"""Writes to an org: new records by collections, documents by trees, changes by composite.

Collections and composite answer 200 with a result per item (Salesforce: REST API Developer Guide,
"sObject Collections" and "Composite"). Collections cannot be conditional; composite takes headers
per subrequest. A tree is one document and one answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridge.errors import BridgeError, PermanentError, RateLimitedError, UnavailableError
from bridge.model import Fate, Value, Write, WriteKind, WriteResult
from bridge.salesforce.connection import Answer, Connection
from bridge.salesforce.faults import Fault, fault_of
from bridge.salesforce.ids import to_18
from bridge.salesforce.records import body_of, to_json, unmodified_since
from bridge.salesforce.soql import part_link
from bridge.salesforce.trees import made_by, tree_of

INSERTS_PER_CALL = 200
SUBREQUESTS_PER_CALL = 25
# No assignment rule may hand a record that we write to another owner.
NO_ASSIGNMENT = {"Sforce-Auto-Assign": "FALSE"}
ROW_HEADERS = {"Sforce-Call-Options": "client=bridge", **NO_ASSIGNMENT}


@dataclass(frozen=True)
class Step:
    """One record to be sent: changed where it has an id, made new where it has none.

    A `document` is made with its lines. A line that `is_removed` goes, whatever it says by then.
    """

    object: str
    body: Mapping[str, Value]
    record_id: str | None = None
    version: str | None = None
    document: Write | None = None
    is_removed: bool = False


_NOT_SENT = UnavailableError("not_sent_after_a_lost_call", system="salesforce")

# Which write a step belongs to, and which of its parts it is (None: the root).
Place = tuple[int, int | None]
Send = Callable[[Sequence[Step]], list[WriteResult]]


class Writing:
    """One run of writes: roots before their parts, and nothing more after a call that was lost.

    `has_time` is asked before each call.
    """

    def __init__(self, connection: Connection, has_time: Callable[[], bool] = lambda: True) -> None:
        self._connection = connection
        self._has_time = has_time
        self._stopped_by: BridgeError | None = None

    def carry_out(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Return one result per write, in the order given; a root with nothing to write is done.

        The parts of a root that was not written are not sent: what its message says about them has
        to stand on the root first. They share its fate.
        """
        results: dict[Place, WriteResult] = {}
        documents = {place: write for place, write in enumerate(writes) if _is_document(write)}
        single = {place: write for place, write in enumerate(writes) if place not in documents}
        for chosen, size, send in (
            (_of_kind(single, WriteKind.CREATE), INSERTS_PER_CALL, self._insert),
            (documents, 1, self._plant),
            (_of_kind(single, WriteKind.UPDATE), SUBREQUESTS_PER_CALL, self._change),
        ):
            results |= self._run(_root_steps(chosen), size, send)
            results |= self._run(_part_steps(chosen, results), size, send)
        return [_gathered(place, write, results) for place, write in enumerate(writes)]

    def _run(self, steps: Mapping[Place, Step], size: int, send: Send) -> dict[Place, WriteResult]:
        results = {
            place: WriteResult(Fate.DONE, step.record_id)
            for place, step in steps.items()
            if not step.body and not step.is_removed
        }
        # Sorted by object: a collection may change it ten times at the most.
        places = sorted(steps.keys() - results.keys(), key=lambda place: _order(place, steps))
        for start in range(0, len(places), size):
            chunk = places[start : start + size]
            results |= zip(chunk, self._call(send, [steps[place] for place in chunk]), strict=True)
        return results

    def _call(self, send: Send, steps: Sequence[Step]) -> list[WriteResult]:
        if self._stopped_by is None and not self._has_time():
            self._stopped_by = RateLimitedError(
                "out_of_time", retry_after_s=1.0, system="salesforce"
            )
        if self._stopped_by is not None:
            return [_failed(self._stopped_by, step) for step in steps]
        try:
            return send(steps)
        except BridgeError as error:
            if error.code == "JSON_PARSER_ERROR" and len(steps) > 1:
                # One value that cannot be parsed fails the whole call, and nothing is written.
                middle = len(steps) // 2
                return self._call(send, steps[:middle]) + self._call(send, steps[middle:])
            self._stopped_by = _for_later_calls(error)
            return [_failed(error, step) for step in steps]

    def _insert(self, steps: Sequence[Step]) -> list[WriteResult]:
        records = [{"attributes": {"type": step.object}, **step.body} for step in steps]
        body = to_json({"allOrNone": False, "records": records})
        answer = self._connection.call(
            "insert",
            lambda org: org.restful(
                "composite/sobjects", method="POST", data=body, headers=NO_ASSIGNMENT
            ),
        )
        items = answer.body if isinstance(answer.body, list) else []
        if len(items) != len(steps):
            return [_in_doubt(step) for step in steps]
        return [_inserted(item, step) for item, step in zip(items, steps, strict=True)]

    def _plant(self, steps: Sequence[Step]) -> list[WriteResult]:
        """Make a document, which is alone in its call; what refuses one record refuses it all."""
        (step,) = steps
        if step.document is None:
            raise AssertionError("a tree without its document")
        body = to_json(tree_of(step.document))
        outcome = self._connection.attempt(
            "insert tree",
            lambda org: org.restful(
                f"composite/tree/{step.object}", method="POST", data=body, headers=NO_ASSIGNMENT
            ),
        )
        if isinstance(outcome, Answer):
            return [made_by(outcome.body, step.document) or _in_doubt(step)]
        if not outcome.is_of_record:
            raise outcome.error("insert tree")
        return [_refused(outcome, "insert tree", step)]

    def _change(self, steps: Sequence[Step]) -> list[WriteResult]:
        rows = f"/services/data/v{self._connection.api_version}/sobjects"
        requests = [_subrequest(f"r{place}", rows, step) for place, step in enumerate(steps)]
        body = to_json(
            {"allOrNone": False, "collateSubrequests": False, "compositeRequest": requests}
        )
        answer = self._connection.call(
            "update", lambda org: org.restful("composite", method="POST", data=body)
        )
        items = answer.body.get("compositeResponse") if isinstance(answer.body, dict) else None
        found = {item.get("referenceId"): item for item in items or () if isinstance(item, dict)}
        return [_changed(found.get(f"r{place}"), step) for place, step in enumerate(steps)]


def _is_document(write: Write) -> bool:
    return write.is_whole and write.kind is WriteKind.CREATE


def _of_kind(writes: Mapping[int, Write], kind: WriteKind) -> dict[int, Write]:
    return {place: write for place, write in writes.items() if write.kind is kind}


def _order(place: Place, steps: Mapping[Place, Step]) -> tuple[str, int, int]:
    index, part = place
    return steps[place].object, index, -1 if part is None else part


def _root_steps(writes: Mapping[int, Write]) -> dict[Place, Step]:
    return {(index, None): _step(write) for index, write in writes.items()}


def _part_steps(
    writes: Mapping[int, Write], results: Mapping[Place, WriteResult]
) -> dict[Place, Step]:
    """Return the steps of the parts whose root stands, each new one tied to its root."""
    steps: dict[Place, Step] = {}
    for index, write in writes.items():
        root = results[index, None]
        if root.fate is not Fate.DONE or root.record_id is None or _is_document(write):
            continue
        for number, part in enumerate(write.parts):
            steps[index, number] = _step(part, root.record_id)
    return steps


def _step(write: Write, root_id: str | None = None) -> Step:
    body = body_of(write)
    if write.record_id is None:
        is_new_part = root_id is not None and body
        link = {write.parent or part_link(write.object).key: root_id} if is_new_part else {}
        document = write if _is_document(write) else None
        return Step(write.object, {**body, **link}, document=document)
    is_removed = write.kind is WriteKind.DELETE
    return Step(write.object, body, to_18(write.record_id), write.version, is_removed=is_removed)


def _subrequest(reference: str, rows: str, step: Step) -> dict[str, Any]:
    condition = {"If-Unmodified-Since": unmodified_since(step.version)} if step.version else {}
    address = f"{rows}/{step.object}"
    if step.is_removed:
        # No condition: those are for reads and changes (Salesforce: REST API Developer Guide,
        # "Conditional Request Headers").
        url = f"{address}/{step.record_id}"
        return {"method": "DELETE", "url": url, "referenceId": reference}
    return {
        "method": "PATCH" if step.record_id else "POST",
        "url": f"{address}/{step.record_id}" if step.record_id else address,
        "referenceId": reference,
        "httpHeaders": {**ROW_HEADERS, **condition},
        "body": step.body,
    }


def _inserted(item: Any, step: Step) -> WriteResult:
    if not isinstance(item, dict):
        return _in_doubt(step)
    if item.get("success") is True:
        return _done(item, step)
    return _refused(fault_of(200, item.get("errors")), "insert", step)


def _changed(item: Mapping[str, Any] | None, step: Step) -> WriteResult:
    status = item.get("httpStatusCode") if item else None
    if item is None or not isinstance(status, int):
        return _in_doubt(step)
    if not 200 <= status < 300:
        fault = fault_of(status, item.get("body"), is_update=step.record_id is not None)
        if step.is_removed and fault.fate is Fate.MISSING:
            return WriteResult(Fate.DONE, step.record_id)
        return _refused(fault, "update", step)
    return WriteResult(Fate.DONE, step.record_id) if step.record_id else _done(item["body"], step)


def _done(body: Any, step: Step) -> WriteResult:
    """Read the answer to an insert; without an id it says nothing that can be relied on."""
    record_id = body.get("id") if isinstance(body, dict) else None
    return WriteResult(Fate.DONE, to_18(record_id)) if record_id else _in_doubt(step)


def _refused(fault: Fault, operation: str, step: Step) -> WriteResult:
    error = fault.error(operation, step.record_id or "")
    return WriteResult(fault.fate, step.record_id, error=error, vendor_text=fault.vendor_text)


def _in_doubt(step: Step) -> WriteResult:
    error = UnavailableError("answer_incomplete", is_unknown=True, system="salesforce")
    return WriteResult(Fate.UNKNOWN, step.record_id, error=error)


def _failed(error: BridgeError, step: Step) -> WriteResult:
    """Return what a call that failed as a whole, or was not made, means for one of its records."""
    if isinstance(error, PermanentError):
        return WriteResult(Fate.REFUSED, step.record_id, error=error)
    is_unknown = isinstance(error, UnavailableError) and error.is_unknown
    return WriteResult(Fate.UNKNOWN if is_unknown else Fate.NOT_SENT, step.record_id, error=error)


def _for_later_calls(error: BridgeError) -> BridgeError | None:
    """Return why nothing more is sent after an error, None where the next call may well succeed."""
    if isinstance(error, PermanentError):
        return None
    if isinstance(error, UnavailableError) and error.is_unknown:
        return _NOT_SENT
    return error


def _gathered(index: int, write: Write, results: Mapping[Place, WriteResult]) -> WriteResult:
    root = results[index, None]
    if root.parts:
        return root
    if _is_document(write):
        shared = WriteResult(root.fate, error=root.error)
        return replace(root, parts=(shared,) * len(write.parts))
    parts = [
        results.get((index, number)) or _held_back(root, part)
        for number, part in enumerate(write.parts)
    ]
    return replace(root, parts=tuple(parts))


def _held_back(root: WriteResult, part: Write) -> WriteResult:
    """Return the result of a part that was not sent because of what happened to its root.

    It shares the root's fate, and so what is to be done about it, where that fate is certain.
    """
    if root.fate is not Fate.UNKNOWN:
        return WriteResult(root.fate, part.record_id, error=root.error)
    return WriteResult(Fate.NOT_SENT, part.record_id, error=_NOT_SENT)
