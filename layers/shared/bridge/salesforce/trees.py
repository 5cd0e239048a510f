"""Documents in Salesforce: a root with all its lines in one call, which saves all of it or nothing.

Salesforce: REST API Developer Guide, "sObject Tree".
"""

from collections.abc import Mapping
from typing import Any

from bridge.errors import MappingError, PermanentError
from bridge.model import Fate, Write, WriteResult
from bridge.salesforce.ids import to_18
from bridge.salesforce.records import body_of
from bridge.salesforce.soql import part_link

RECORDS_PER_TREE = 200
ROOT = "root"


def tree_of(write: Write) -> dict[str, Any]:
    """Return the body of the call that makes a document.

    Raises:
        MappingError: it has more lines than one call takes, or a line that hangs on another object.
    """
    if len(write.parts) >= RECORDS_PER_TREE:
        raise MappingError("too_many_lines", system="salesforce")
    root = _node(write, ROOT)
    for number, part in enumerate(write.parts):
        relationship = part.relationship or part_link(part.object, write.object).relationship
        lines = root.setdefault(relationship, {"records": []})["records"]
        lines.append(_node(part, _line(number)))
    return {"records": [root]}


def made_by(body: Any, write: Write) -> WriteResult | None:
    """Read the answer to a tree that was saved; None where it leaves out a record of it."""
    results = body.get("results") if isinstance(body, Mapping) else None
    entries = [each for each in results if isinstance(each, Mapping)] if results else []
    ids = {each.get("referenceId"): str(each.get("id")) for each in entries}
    try:
        root_id = to_18(ids[ROOT])
        line_ids = [to_18(ids[_line(number)]) for number in range(len(write.parts))]
    except (KeyError, PermanentError):
        return None
    lines = tuple(WriteResult(Fate.DONE, each) for each in line_ids)
    return WriteResult(Fate.DONE, root_id, parts=lines)


def _line(number: int) -> str:
    return f"line{number}"


def _node(write: Write, reference: str) -> dict[str, Any]:
    return {"attributes": {"type": write.object, "referenceId": reference}, **body_of(write)}
