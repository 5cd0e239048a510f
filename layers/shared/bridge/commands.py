"""What an operator types: holds the mappings against both systems, shows one record on its way.

`python -m bridge.commands check` needs nothing but the files; `check --live` and `preview` need the
environment of the function sync_records, and the right to read what it reads.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bridge import wiring
from bridge.core.mapping import EntityMapping
from bridge.core.soundness import Flaw
from bridge.errors import BridgeError
from bridge.flows.operate import documented_flaws
from bridge.flows.preview import FieldPreview, Preview, SideValue
from bridge.mapping_files import read_files
from bridge.model import System, Value, Write
from bridge.quickbooks.properties import schema_of

SOUND, FAULTY, NOT_ASKED = 0, 1, 2
WIDEST = 34
SYSTEMS = {System.SALESFORCE: "Salesforce", System.QUICKBOOKS: "QuickBooks"}
# What an operator can do about a question that has no answer.
REMEDIES = {
    "entity_unknown": "no mapping has this name; make check-mapping lists them",
    "company_not_named": "several companies are connected; say which with REALM=...",
    "company_not_connected": "no such company is connected; see the parameter QuickBooksRealmId",
    "record_unknown": "neither system shows a record of this entity with this id",
    "claimed": "a worker is busy with this record; ask again in a minute",
    "salesforce_id_malformed": "an id has 15 or 18 characters there, and digits in QuickBooks",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was typed; return the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.command == "check":
            return _check(is_live=asked.live)
        _write([*preview_lines(wiring.operate().preview(asked.entity, asked.id, asked.realm))])
    except BridgeError as error:
        _complain([f"{error}{_remedy(error)}"])
        return NOT_ASKED
    return SOUND


def flaw_lines(flaws: Iterable[Flaw], files: Mapping[str, EntityMapping]) -> list[str]:
    """Return flaws as lines, each with the name of its file."""
    names = {mapping.entity: name for name, mapping in files.items()}
    return [f"{names[flaw.entity]}: {flaw.place}: {flaw.text}" for flaw in flaws]


def preview_lines(preview: Preview) -> Iterator[str]:
    """Yield a preview as lines to read."""
    mapping = preview.mapping
    ours = f"{mapping.salesforce} {preview.salesforce_id or '(none)'}"
    theirs = f"{mapping.quickbooks} {preview.quickbooks_id or '(none)'}"
    link = "linked with" if preview.is_linked else "not linked with"
    yield f"{mapping.entity}: {ours}, {link} {theirs} in company {preview.realm}"
    yield f"decision: {_decision(preview)}"
    yield ""
    yield from _table([_row(each) for each in preview.fields])
    yield ""
    for write in preview.writes:
        yield from _write_lines(write)
    yield "Nothing was written." if preview.writes else "Nothing would be written."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bridge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="hold the mappings against both systems")
    check.add_argument("--live", action="store_true", help="ask both systems, too")
    preview = commands.add_parser("preview", help="show a record on its way through the mapping")
    preview.add_argument("entity")
    preview.add_argument("id")
    preview.add_argument("realm", nargs="?", default="")
    return parser


def _check(*, is_live: bool) -> int:
    """Check the files, then both systems as far as the files are sound."""
    files, faults = read_files()
    mappings = {mapping.entity: mapping for mapping in files.values()}
    found = flaw_lines(documented_flaws(mappings, schema_of), files)
    if is_live and not faults:
        live = flaw_lines(wiring.operate().check_mappings(), files)
        found = list(dict.fromkeys([*found, *live]))
    _complain([*faults, *found])
    if faults or found:
        return FAULTY
    against = "sound, here and in both systems" if is_live else "sound"
    _write([f"{name}: {len(each.fields)} fields, {against}" for name, each in mappings.items()])
    return SOUND


def _decision(preview: Preview) -> str:
    if preview.waits:
        return f"none: it waits ({preview.waits})"
    why = ", ".join(text for text in (preview.reason, preview.field) if text)
    if preview.decision == "skip" and not why:
        why = "both sides are as they last agreed"
    return f"{preview.decision}{f' ({why})' if why else ''}"


def _row(each: FieldPreview) -> tuple[str, str, str, str, str]:
    return (
        each.field.name,
        _shown(each.salesforce),
        _shown(each.quickbooks),
        _baseline(each),
        _becomes(each),
    )


def _shown(side: SideValue | None) -> str:
    """Return what one side holds, and how it is compared where that is something else."""
    if side is None:
        return ""
    raw = " / ".join(_text(value) for value in side.raw if value not in (None, "")) or "-"
    if side.trouble:
        return f"{raw} [{side.trouble}]"
    value = _text(side.value) if side.value not in (None, "") else "-"
    return raw if value in (raw, raw.replace(" / ", "\n")) else f"{raw} = {value}"


def _text(value: Value) -> str:
    return " ".join(str(value).splitlines())


def _baseline(each: FieldPreview) -> str:
    known = {
        SYSTEMS[system]: side.is_baseline
        for system, side in (
            (System.SALESFORCE, each.salesforce),
            (System.QUICKBOOKS, each.quickbooks),
        )
        if side is not None and not side.trouble
    }
    if not known or None in known.values():
        return "none"
    changed = [name for name, is_baseline in known.items() if not is_baseline]
    return f"changed in {' and '.join(changed)}" if changed else "as agreed"


def _becomes(each: FieldPreview) -> str:
    if each.is_open:
        return "a person decides"
    if each.goes is None:
        return ""
    return f"to {SYSTEMS[each.goes]}{', the other value is noted' if each.is_lost else ''}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    heads = ("field", "Salesforce", "QuickBooks", "baseline", "what would happen")
    cells = [[_cut(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield line.rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."


def _write_lines(write: Write, indent: str = "") -> Iterator[str]:
    fields = {**write.fields, **{name: value for name, value in write.own_fields.items() if value}}
    name = f" {write.record_id}" if write.record_id else ""
    system = "" if indent else f" in {SYSTEMS[write.system]}"
    yield f"{indent}{write.kind.value} {write.object}{name}{system}:"
    for field, value in fields.items():
        yield f"{indent}  {field} = {_text(value) if value is not None else '(empty)'}"
    for part in write.parts:
        yield from _write_lines(part, f"{indent}  ")


def _remedy(error: BridgeError) -> str:
    text = REMEDIES.get(error.reason)
    return f": {text}" if text else ""


def _write(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _complain(lines: Iterable[str]) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
