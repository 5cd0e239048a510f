"""Writes to an org: new records by collections, documents by trees, changes by composite.

Collections and composite answer 200 with a result per item (Salesforce: REST API Developer Guide,
"sObject Collections" and "Composite"). Collections cannot be conditional; composite takes headers
per subrequest. A tree is one document and one answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.errors import BridgeError, PermanentError, RateLimitedError, UnavailableError
from bridge.model import Fate, Write, WriteKind, WriteResult
from bridge.salesforce.connection import Answer, Connection
from bridge.salesforce.parents import Parents
from bridge.salesforce.records import to_json
from bridge.salesforce.steps import (
    NO_ASSIGNMENT,
    Step,
    changed,
    failed,
    in_doubt,
    inserted,
    is_document,
    refused,
    removal,
    removed,
    step_of,
    subrequest,
)
from bridge.salesforce.trees import made_by, tree_of

INSERTS_PER_CALL = 200
SUBREQUESTS_PER_CALL = 25
# Each takes two subrequests.
REMOVALS_PER_CALL = 12

_NOT_SENT = UnavailableError("not_sent_after_a_lost_call", system="salesforce")

# Which write a step belongs to, and which of its parts it is (None: the root).
Place = tuple[int, int | None]
Send = Callable[[Sequence[Step]], list[WriteResult]]


class Writing:
    """One run of writes: roots before their parts, and nothing more after a call that was lost.

    `has_time` is asked before each call.
    """

    def __init__(
        self,
        connection: Connection,
        parents: Parents,
        has_time: Callable[[], bool] = lambda: True,
    ) -> None:
        self._connection = connection
        self._parents = parents
        self._has_time = has_time
        self._stopped_by: BridgeError | None = None

    def carry_out(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Return one result per write, in the order given; a root with nothing to write is done.

        The parts of a root that was not written are not sent: what its message says about them has
        to stand on the root first. They share its fate.
        """
        results: dict[Place, WriteResult] = {}
        documents = {place: write for place, write in enumerate(writes) if is_document(write)}
        single = {place: write for place, write in enumerate(writes) if place not in documents}
        for chosen, size, send in (
            (_of_kind(single, WriteKind.CREATE), INSERTS_PER_CALL, self._insert),
            (documents, 1, self._plant),
            (_of_kind(single, WriteKind.UPDATE), SUBREQUESTS_PER_CALL, self._change),
        ):
            results |= self._run(_root_steps(chosen), size, send)
            parts = self._completed(_part_steps(chosen, results), results)
            removals = {place: step for place, step in parts.items() if step.is_removed}
            results |= self._run({p: s for p, s in parts.items() if p not in removals}, size, send)
            results |= self._run(removals, REMOVALS_PER_CALL, self._remove)
        return [_gathered(place, write, results) for place, write in enumerate(writes)]

    def _completed(
        self, steps: Mapping[Place, Step], results: dict[Place, WriteResult]
    ) -> Mapping[Place, Step]:
        """Return the steps of parts that can be sent; without a parent that one names none of those
        that describe one is.
        """
        describing = [place for place, step in steps.items() if any("." in n for n in step.body)]
        if not describing or self._stopped_by is not None:
            return steps
        try:
            known = self._parents.completed([steps[place] for place in describing])
        except BridgeError as error:
            self._stopped_by = _for_later_calls(error)
            why = self._stopped_by or error
            results |= {place: failed(why, steps[place]) for place in describing}
            return {place: step for place, step in steps.items() if place not in describing}
        return {**steps, **dict(zip(describing, known, strict=True))}

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
            return [failed(self._stopped_by, step) for step in steps]
        try:
            return send(steps)
        except BridgeError as error:
            if error.code == "JSON_PARSER_ERROR" and len(steps) > 1:
                # One value that cannot be parsed fails the whole call, and nothing is written.
                middle = len(steps) // 2
                return self._call(send, steps[:middle]) + self._call(send, steps[middle:])
            self._stopped_by = _for_later_calls(error)
            return [failed(error, step) for step in steps]

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
            return [in_doubt(step) for step in steps]
        return [inserted(item, step) for item, step in zip(items, steps, strict=True)]

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
            return [made_by(outcome.body, step.document) or in_doubt(step)]
        if not outcome.is_of_record:
            raise outcome.error("insert tree")
        return [refused(outcome, "insert tree", step)]

    def _change(self, steps: Sequence[Step]) -> list[WriteResult]:
        requests = [self._change_of(f"r{place}", step) for place, step in enumerate(steps)]
        found = self._composite("update", requests, all_or_none=False)
        return [changed(found.get(f"r{place}"), step) for place, step in enumerate(steps)]

    def _remove(self, steps: Sequence[Step]) -> list[WriteResult]:
        """Take lines away, all of them or none.

        A DELETE takes no condition (Salesforce: REST API Developer Guide, "Conditional Request
        Headers"): a change of nothing that does stands before each of them.
        """
        requests = []
        for place, step in enumerate(steps):
            change = self._change_of(f"r{place}", step)
            requests += [change, removal(f"d{place}", change)]
        found = self._composite("remove", requests, all_or_none=True)
        return [
            removed([found.get(f"{name}{place}") for name in "rd"], step)
            for place, step in enumerate(steps)
        ]

    def _change_of(self, reference: str, step: Step) -> dict[str, Any]:
        rows = f"/services/data/v{self._connection.api_version}/sobjects"
        return subrequest(reference, rows, step)

    def _composite(
        self, operation: str, requests: Sequence[Mapping[str, Any]], *, all_or_none: bool
    ) -> dict[str, Mapping[str, Any]]:
        """Make a call of many parts; return the answers to them by their names."""
        body = {"allOrNone": all_or_none, "collateSubrequests": False}
        text = to_json({**body, "compositeRequest": requests})
        answer = self._connection.call(
            operation, lambda org: org.restful("composite", method="POST", data=text)
        )
        items = answer.body.get("compositeResponse") if isinstance(answer.body, dict) else None
        named = [item for item in items or () if isinstance(item, dict)]
        return {str(item.get("referenceId")): item for item in named}


def _of_kind(writes: Mapping[int, Write], kind: WriteKind) -> dict[int, Write]:
    return {place: write for place, write in writes.items() if write.kind is kind}


def _order(place: Place, steps: Mapping[Place, Step]) -> tuple[str, int, int]:
    index, part = place
    return steps[place].object, index, -1 if part is None else part


def _root_steps(writes: Mapping[int, Write]) -> dict[Place, Step]:
    return {(index, None): step_of(write) for index, write in writes.items()}


def _part_steps(
    writes: Mapping[int, Write], results: Mapping[Place, WriteResult]
) -> dict[Place, Step]:
    """Return the steps of the parts whose root stands, each new one tied to its root."""
    steps: dict[Place, Step] = {}
    for index, write in writes.items():
        root = results[index, None]
        if root.fate is not Fate.DONE or root.record_id is None or is_document(write):
            continue
        for number, part in enumerate(write.parts):
            steps[index, number] = step_of(part, root.record_id)
    return steps


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
    if is_document(write):
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
