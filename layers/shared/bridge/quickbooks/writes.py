"""Writes records to QuickBooks, in batches but for documents, and tells the fate of each.

Intuit: api/accounting/all-entities/batch; learn/learn-basic-field-definitions for `requestid`. A
document is made in a call of its own: a batch keeps the answer to an item under requestid and bId
together, so that an item that comes again in another company would not be recognised.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bridge.errors import BridgeError, PermanentError, RateLimitedError, UnavailableError
from bridge.model import Fate, System, Write, WriteKind, WriteResult
from bridge.quickbooks.calls import Answer, Call, Calls
from bridge.quickbooks.derived import Source, source_of
from bridge.quickbooks.faults import error_of, fault_of, rule_of
from bridge.quickbooks.queries import checked_id, slices
from bridge.quickbooks.records import flatten, unflatten

MAX_BATCH = 30
# An item's idempotency key is requestid and bId together, 50 characters at most.
REQUEST_ID_LENGTH = 32
BATCH_ID_LENGTH = 10

DEFINITE = frozenset({Fate.REFUSED, Fate.STALE, Fate.MISSING})
# Refusals of a whole batch that would be the same for each record in it.
ABOUT_THE_COMPANY = frozenset({"company_read_only", "call_unsupported", "feature_not_available"})
# Codes that leave the fate of a document open, but say nothing of the next one: its requestid was
# sent before with another content, or QuickBooks stumbled over it.
ABOUT_THE_DOCUMENT = frozenset({"600", "6000"})


@dataclass(frozen=True)
class Item:
    """One write: its place among the writes given and its name in a batch."""

    place: int
    write: Write
    batch_id: str
    body: Mapping[str, Any]

    @property
    def is_document(self) -> bool:
        """Say whether the write makes a document, in a call of its own."""
        return self.write.is_whole and self.write.kind is WriteKind.CREATE


def write_all(
    calls: Calls, writes: Sequence[Write], has_time: Callable[[], bool] = lambda: True
) -> list[WriteResult]:
    """Carry out writes, updates first and documents last, and return the fate of each in the order
    given.

    A batch that is refused as a whole is halved until the refusal meets only the record that it
    speaks of. After a call that was not answered, or that says "later", nothing more is sent; nor
    when there is no time left for a call.
    """
    results: dict[int, WriteResult] = {}
    items = list(_items(writes, results))
    batches = deque(_batches(items))
    halt: BridgeError | None = None
    while batches:
        batch = batches.popleft()
        if halt is None and not has_time():
            halt = RateLimitedError("out_of_time", retry_after_s=1.0, system=System.QUICKBOOKS)
        answer = Answer(fate=Fate.NOT_SENT, error=halt) if halt else calls.make(_call(batch))
        if len(batch) > 1 and _speaks_of_one(answer):
            half = len(batch) // 2
            batches.extendleft((batch[half:], batch[:half]))
            continue
        source = source_of(calls.base_url, answer.document)
        results.update({item.place: _result(item, answer, source) for item in batch})
        halt = halt or _halt(batch, answer)
    return [results[place] for place in range(len(writes))]


def _items(writes: Sequence[Write], results: dict[int, WriteResult]) -> Iterator[Item]:
    """Prepare the writes; one that cannot be sent gets its result at once."""
    for place, write in enumerate(writes):
        try:
            yield Item(place, write, _batch_id(place, write), _body(write))
        except PermanentError as error:
            results[place] = WriteResult(Fate.REFUSED, write.record_id, error=error)


def _batch_id(place: int, write: Write) -> str:
    """Name an item; a create keeps its name on every repeat, it is part of the idempotency key."""
    if write.kind is WriteKind.UPDATE:
        return f"u{place}"
    if not write.key:
        raise PermanentError("key_missing", system=System.QUICKBOOKS)
    return sha256(write.key.encode()).hexdigest()[:BATCH_ID_LENGTH]


def _body(write: Write) -> Mapping[str, Any]:
    body = unflatten(write)
    if write.kind is WriteKind.CREATE:
        return body
    if not write.version:
        raise PermanentError("version_missing", system=System.QUICKBOOKS)
    lock = {"Id": checked_id(write.record_id), "SyncToken": write.version, "sparse": True}
    return {**body, **lock}


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Group updates and creates apart, for only creates carry a requestid; each document stands
    alone.

    Two creates with one key never share a batch: their answers could not be told apart.
    """
    yield from slices([i for i in items if i.write.kind is WriteKind.UPDATE], MAX_BATCH)
    creates = [i for i in items if i.write.kind is WriteKind.CREATE and not i.is_document]
    while creates:
        firsts = {item.batch_id: item for item in reversed(creates)}
        yield from slices(list(reversed(firsts.values())), MAX_BATCH)
        creates = [item for item in creates if firsts[item.batch_id] is not item]
    yield from slices([i for i in items if i.is_document], 1)


def _call(batch: Sequence[Item]) -> Call:
    if batch[0].is_document:
        return _document_call(batch[0])
    body = {
        "BatchItemRequest": [
            {"bId": i.batch_id, "operation": i.write.kind.value, i.write.object: i.body}
            for i in batch
        ]
    }
    is_create = batch[0].write.kind is WriteKind.CREATE
    return Call(
        method="POST",
        path="batch",
        operation=f"batch {batch[0].write.kind}",
        pace="batch",
        params={"requestid": _request_id(i.batch_id for i in batch)} if is_create else {},
        body=json.dumps(body).encode(),
    )


def _document_call(item: Item) -> Call:
    """Return the call that makes one document; a repeat of the same key is the same request."""
    write = item.write
    return Call(
        method="POST",
        path=write.object.lower(),
        operation=f"create {write.object}",
        params={"requestid": sha256(str(write.key).encode()).hexdigest()[:REQUEST_ID_LENGTH]},
        body=json.dumps(item.body).encode(),
        is_create=True,
    )


def _request_id(batch_ids: Iterable[str]) -> str:
    """Return the same id whenever the same creates go together."""
    return sha256("".join(sorted(batch_ids)).encode()).hexdigest()[:REQUEST_ID_LENGTH]


def _speaks_of_one(answer: Answer) -> bool:
    """Say whether a refusal of a whole batch may be the fault of a single record in it."""
    reason = answer.error.reason if answer.error else ""
    return answer.fate in DEFINITE and reason not in ABOUT_THE_COMPANY


def _halt(batch: Sequence[Item], answer: Answer) -> BridgeError | None:
    """Return why nothing further should be sent, if so."""
    if not answer.error or answer.fate in DEFINITE:
        return None
    if batch[0].is_document and answer.error.code in ABOUT_THE_DOCUMENT:
        return None
    if answer.fate is Fate.UNKNOWN:
        return UnavailableError(answer.error.reason, system=System.QUICKBOOKS)
    return answer.error


def _result(item: Item, answer: Answer, source: Source) -> WriteResult:
    write = item.write
    if answer.error:
        return WriteResult(
            answer.fate, write.record_id, error=answer.error, vendor_text=answer.vendor_text
        )
    entry = _entry(item, answer.document)
    context = {
        "operation": f"{write.kind} {write.object}",
        "record_id": write.record_id or "",
        "request_id": answer.request_id,
    }
    if fault := fault_of(200, entry):
        rule = rule_of(fault, is_create=write.kind is WriteKind.CREATE)
        error = error_of(fault, rule, **context)
        return WriteResult(rule.fate, write.record_id, error=error, vendor_text=fault.vendor_text)
    row = entry.get(write.object)
    if not isinstance(row, Mapping) or "Id" not in row:
        lost = UnavailableError(
            "answer_incomplete", is_unknown=True, system=System.QUICKBOOKS, **context
        )
        return WriteResult(Fate.UNKNOWN, write.record_id, error=lost)
    record = flatten(write.object, row, source)
    return WriteResult(Fate.DONE, record.id, record.version, record)


def _entry(item: Item, document: Any) -> Mapping[str, Any]:
    """Return what an answer says of an item; nothing where a batch's answer leaves the item out."""
    if item.is_document:
        return document if isinstance(document, Mapping) else {}
    entries = document.get("BatchItemResponse")
    named = (e for e in entries if isinstance(e, Mapping)) if isinstance(entries, list) else ()
    return next((entry for entry in named if entry.get("bId") == item.batch_id), {})
