"""What has to change in Salesforce so that a record's lines say what QuickBooks says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bridge.core.lines import salesforce_lines
from bridge.core.mapping import FieldMapping, LinesMapping
from bridge.model import Record, Value, Values


@dataclass(frozen=True)
class LineChange:
    """One line to be changed: made where it is not `present`, taken away where it `is_removed`.

    `fields` are those that change, in Salesforce's names.
    """

    present: Record | None
    fields: Values = field(default_factory=dict)
    is_removed: bool = False


def line_changes(record: Record, text: Value, mapped: FieldMapping) -> list[LineChange]:
    """Return what brings the lines of a Salesforce record to a canonical value.

    A line keeps its id where one like it stays: one that says the same, else one that names the
    same records, else the next in order.
    """
    if mapped.lines is None:
        return []
    wanted = salesforce_lines(text, mapped.lines)
    present = [part for part in record.parts if part.object == mapped.salesforce]
    kept = _paired(wanted, present, mapped.lines)
    changes = [LineChange(kept.get(place), each) for place, each in enumerate(wanted)]
    changed = [_difference(each, mapped.lines) for each in changes]
    stays = {part.id for part in kept.values()}
    gone = [LineChange(part, is_removed=True) for part in present if part.id not in stays]
    return [*(each for each in changed if each.fields), *gone]


def _paired(
    wanted: Sequence[Values], present: Sequence[Record], lines: LinesMapping
) -> dict[int, Record]:
    """Return the present line for each wanted one that finds one, by its place."""
    said = [each.salesforce for each in lines.fields]
    named = [each.salesforce for each in lines.fields if each.reference]
    found: dict[int, Record] = {}
    for names in (said, named, []):
        for place, part in _alike(wanted, present, names, found):
            found[place] = part
    return found


def _alike(
    wanted: Sequence[Values],
    present: Sequence[Record],
    names: Sequence[str],
    found: dict[int, Record],
) -> Iterator[tuple[int, Record]]:
    """Yield lines not paired yet that agree in these fields."""
    taken = {part.id for part in found.values()}
    for place, each in enumerate(wanted):
        if place in found:
            continue
        part = next((p for p in present if p.id not in taken and _agrees(p, each, names)), None)
        if part is not None:
            taken.add(part.id)
            yield place, part


def _agrees(part: Record, wanted: Values, names: Sequence[str]) -> bool:
    return all(_same(part.fields.get(name), wanted.get(name)) for name in names)


def _difference(change: LineChange, lines: LinesMapping) -> LineChange:
    part = change.present
    if part is None:
        return change
    names = (lines.number, *(each.salesforce for each in lines.fields))
    whole = {name: change.fields.get(name) for name in names}
    differing = {n: v for n, v in whole.items() if not _same(part.fields.get(n), v)}
    return LineChange(part, differing)


def _same(one: Value, other: Value) -> bool:
    """Compare what Salesforce holds with a canonical value; a date is a text there."""
    return one == other or (None not in (one, other) and str(one) == str(other))
