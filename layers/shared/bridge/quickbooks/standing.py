"""Standing: the custom fields that an update does not name, so that it does not empty them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bridge.errors import BridgeError, PermanentError
from bridge.model import Fate, Record, Write, WriteKind, WriteResult
from bridge.schemas import CUSTOM_PREFIX

Load = Callable[[str, Sequence[str]], Mapping[str, Record]]
Read = Callable[[str, str], Record | None]


def with_standing(writes: Sequence[Write], load: Load, read: Read) -> list[Write | WriteResult]:
    """Complete the list of custom fields of each update that touches it; a write whose record could
    not be read for it has its result.

    What is read is the record at the version that the write names, or the write is refused for it.
    """
    records: dict[str, Record] = {}
    failed: BridgeError | None = None
    touching = [write for write in writes if _touches(write)]
    try:
        for name in {write.object for write in touching}:
            ids = [str(write.record_id) for write in touching if write.object == name]
            records |= {f"{name}/{each}": found for each, found in load(name, ids).items()}
        for write in touching:
            key = f"{write.object}/{write.record_id}"
            if key not in records or records[key].version != write.version:
                records |= _by_id(write, read)
    except BridgeError as error:
        failed = error
    return [
        each if not _touches(each) else _unread(each, failed) if failed else _whole(each, records)
        for each in writes
    ]


def _touches(write: Write) -> bool:
    is_update = write.kind is WriteKind.UPDATE
    return is_update and any(name.startswith(CUSTOM_PREFIX) for name in write.fields)


def _by_id(write: Write, read: Read) -> dict[str, Record]:
    found = read(write.object, str(write.record_id))
    return {f"{write.object}/{write.record_id}": found} if found else {}


def _unread(write: Write, error: BridgeError) -> WriteResult:
    fate = Fate.REFUSED if isinstance(error, PermanentError) else Fate.NOT_SENT
    return WriteResult(fate, write.record_id, error=error)


def _whole(write: Write, records: Mapping[str, Record]) -> Write:
    record = records.get(f"{write.object}/{write.record_id}")
    standing = {
        name: value
        for name, value in (record.fields if record else {}).items()
        if name.startswith(CUSTOM_PREFIX) and value is not None
    }
    return replace(write, fields={**standing, **write.fields})
