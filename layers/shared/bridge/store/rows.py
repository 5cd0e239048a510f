"""Rows of the cross-reference table: their keys, their short attributes, their compact values.

    pk     <realm>|<entity>|SF|<Salesforce id> pair · <realm>|<entity>|QB|<QuickBooks id> pointer
    v      schema version          rev    revision
    st     state                   qb     QuickBooks id            sf    Salesforce id (pointer)
    base   fingerprints            tok    SyncToken                seen  highest SyncToken
    own    claim: worker           until  claim: epoch ms          intent  see `_intent_item`
    gen    generation              sub    subject                  key   id of the fingerprints' key
    into   survivor of a merge     why    reason                   gone   gone before it was linked
    lines  pairs of a document's lines: see `_lines_text`
    was    Salesforce id before a merge (pointer)
    ttl    epoch seconds, only on rows with neither link nor intent

An attribute without a value is left out, and a fingerprint (base64) is stored as its bytes, so that
a pair of 25 fields costs one write unit.
"""

import base64
import binascii
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.errors import ConfigurationError
from bridge.model import (
    CrossReference,
    Fingerprints,
    Intent,
    LinePair,
    PairKey,
    PairState,
    Pointer,
    PointerKey,
    System,
)

Item = dict[str, Any]

ROW_SCHEMA = 1
UNLINKED_LIFE = timedelta(days=7)


def pk_of(key: PairKey | PointerKey) -> str:
    """Return the partition key of a row."""
    if isinstance(key, PairKey):
        return f"{key.realm}|{key.entity}|SF|{key.salesforce_id}"
    return f"{key.realm}|{key.entity}|QB|{key.quickbooks_id}"


def milliseconds(at: datetime) -> int:
    """Return a time as epoch milliseconds, cut off."""
    return math.floor(at.timestamp() * 1000)


def item_of(row: CrossReference | Pointer, now: datetime) -> Item:
    """Return the item that stores a row at its next revision."""
    item = _pair_item(row) if isinstance(row, CrossReference) else _pointer_item(row)
    item["pk"] = {"S": pk_of(row.key)}
    item["v"] = _number(ROW_SCHEMA)
    item["rev"] = _number(row.revision + 1)
    item["own"] = _text(row.owner)
    # Rounded up: a claim must never end before the time it was taken until.
    item["until"] = _number(math.ceil(row.until.timestamp() * 1000) if row.until else None)
    item["intent"] = _intent_item(row.intent)
    item["seen"] = _number(row.seen)
    if _is_passing(row):
        item["ttl"] = _number(int((now + UNLINKED_LIFE).timestamp()))
    return {name: value for name, value in item.items() if value is not None}


def pair_of(key: PairKey, item: Item | None) -> CrossReference:
    """Read a pair row; a row that does not exist has revision 0."""
    if item is None:
        return CrossReference(key)
    _check_schema(item)
    return CrossReference(
        key=key,
        revision=_int(item, "rev") or 0,
        state=PairState(item["st"]["S"]),
        quickbooks_id=_str(item, "qb"),
        baseline=_fingerprints(item["base"]) if "base" in item else None,
        token=_int(item, "tok"),
        seen=_int(item, "seen"),
        owner=_str(item, "own"),
        until=_time(item, "until"),
        intent=_intent_of(item.get("intent")),
        generation=_int(item, "gen") or 0,
        subject=_str(item, "sub"),
        key_id=_str(item, "key"),
        into=_str(item, "into"),
        reason=_str(item, "why"),
        parts={name: value["S"] for name, value in item.get("part", {"M": {}})["M"].items()},
        lines=_lines_of(_str(item, "lines")),
    )


def pointer_of(key: PointerKey, item: Item | None) -> Pointer:
    """Read a pointer row; a row that does not exist has revision 0."""
    if item is None:
        return Pointer(key)
    _check_schema(item)
    return Pointer(
        key=key,
        revision=_int(item, "rev") or 0,
        salesforce_id=_str(item, "sf"),
        owner=_str(item, "own"),
        until=_time(item, "until"),
        intent=_intent_of(item.get("intent")),
        seen=_int(item, "seen"),
        is_gone="gone" in item,
        was=_str(item, "was"),
        into=_str(item, "into"),
    )


def _pair_item(row: CrossReference) -> Item:
    return {
        "st": {"S": row.state.value},
        "qb": _text(row.quickbooks_id),
        "base": None if row.baseline is None else _fingerprint_map(row.baseline),
        "tok": _number(row.token),
        "gen": _number(row.generation or None),
        "sub": _text(row.subject),
        "key": _text(row.key_id),
        "into": _text(row.into),
        "why": _text(row.reason),
        "part": _parts(row.parts),
        "lines": _text(_lines_text(row.lines)),
    }


def _pointer_item(row: Pointer) -> Item:
    return {
        "sf": _text(row.salesforce_id),
        "gone": {"BOOL": True} if row.is_gone else None,
        "was": _text(row.was),
        "into": _text(row.into),
    }


def _is_passing(row: CrossReference | Pointer) -> bool:
    """Say whether a row only remembers that somebody looked; a tomb has to outlive its records."""
    if row.intent is not None:
        return False
    if isinstance(row, Pointer):
        return row.salesforce_id is None
    return row.quickbooks_id is None and row.state is not PairState.TOMB


def _intent_item(intent: Intent | None) -> Item | None:
    if intent is None:
        return None
    lost = [part for name, value in intent.lost for part in ({"S": name}, _fingerprint(value))]
    members = {
        "id": {"S": intent.id},
        "at": _number(milliseconds(intent.at)),
        "tok": _number(intent.token),
        "qb": _fingerprint_map(intent.quickbooks) if intent.quickbooks else None,
        "sf": _fingerprint_map(intent.salesforce) if intent.salesforce else None,
        "lost": {"L": lost} if lost else None,
        "create": None if intent.create is None else _fingerprint_map(intent.create),
        "lines": _text(_lines_text(intent.lines)),
    }
    return {"M": {name: value for name, value in members.items() if value is not None}}


def _intent_of(value: Item | None) -> Intent | None:
    if value is None:
        return None
    members: Item = value["M"]
    lost = members["lost"]["L"] if "lost" in members else []
    return Intent(
        id=members["id"]["S"],
        at=datetime.fromtimestamp(int(members["at"]["N"]) / 1000, UTC),
        token=_int(members, "tok"),
        quickbooks=_fingerprints(members["qb"]) if "qb" in members else {},
        salesforce=_fingerprints(members["sf"]) if "sf" in members else {},
        lost=tuple(
            (name["S"], _fingerprint_text(print_))
            for name, print_ in zip(lost[::2], lost[1::2], strict=True)
        ),
        create=_fingerprints(members["create"]) if "create" in members else None,
        lines=_lines_of(_str(members, "lines")),
    )


def _lines_text(pairs: tuple[LinePair, ...]) -> str | None:
    """Return one row of text for each pair, some 45 bytes: ids, fingerprint, target and a plus for
    what is not mapped.

    The longest taxable document of QuickBooks, 750 lines, with a plan for all of them takes a fifth
    of what an item may hold.
    """
    rows = (
        "\t".join(
            (
                each.salesforce_id,
                each.quickbooks_id,
                each.fingerprint,
                f"{each.target or ''}{'+' if each.has_more else ''}",
            )
        )
        for each in pairs
    )
    return "\n".join(rows) or None


def _lines_of(text: str | None) -> tuple[LinePair, ...]:
    return tuple(_line_pair(*row.split("\t")) for row in text.split("\n")) if text else ()


def _line_pair(salesforce_id: str, quickbooks_id: str, print_: str, marks: str) -> LinePair:
    target = marks.removesuffix("+")
    return LinePair(
        salesforce_id,
        quickbooks_id,
        print_,
        System(target) if target else None,
        marks.endswith("+"),
    )


def _fingerprint(text: str) -> Item:
    """Return the bytes of a fingerprint, or its text where that is not how we write bytes."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return {"S": text}
    return {"B": raw} if _fingerprint_text({"B": raw}) == text else {"S": text}


def _fingerprint_text(value: Item) -> str:
    if "S" in value:
        return str(value["S"])
    return base64.urlsafe_b64encode(value["B"]).decode().rstrip("=")


def _fingerprint_map(fingerprints: Fingerprints) -> Item:
    return {"M": {name: _fingerprint(text) for name, text in fingerprints.items()}}


def _fingerprints(value: Item) -> Mapping[str, str]:
    return {name: _fingerprint_text(stored) for name, stored in value["M"].items()}


def _parts(parts: Mapping[str, str]) -> Item | None:
    return {"M": {name: {"S": each} for name, each in parts.items()}} if parts else None


def _text(text: str | None) -> Item | None:
    return None if text is None else {"S": text}


def _number(number: int | None) -> Item | None:
    return None if number is None else {"N": str(number)}


def _str(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _int(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def _time(item: Item, name: str) -> datetime | None:
    number = _int(item, name)
    return None if number is None else datetime.fromtimestamp(number / 1000, UTC)


def _check_schema(item: Item) -> None:
    if _int(item, "v") != ROW_SCHEMA:
        raise ConfigurationError("row_schema_unknown: deploy the release that wrote these rows")
