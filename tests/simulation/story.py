"""Tells what happened in a world that failed: only what concerns the records of the violation."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from tests.simulation.options import Options
from tests.simulation.play import Played
from tests.simulation.shrink import Shrinking
from tests.simulation.tally import law_of
from tests.simulation.world import Skipped

LINE = re.compile(r"(\d\d) (\d\d:\d\d:\d\d\.\d{3})\d* (.*?): (.*)", re.DOTALL)
SALESFORCE_ID = r"(?!00D)[0a]\d[0-9A-Za-z]{16}"
# How the lines of a trace name QuickBooks records: realm, perhaps a verb, object, id.
BOOKS_IDS = (
    re.compile(r"\b(?P<realm>\d+) (?:[a-z]+ )?(?P<object>[A-Z][a-z]+) (?P<id>\d+)\b"),
    re.compile(r"\b(?P<realm>\d+) merge (?P<object>[A-Z][a-z]+) .*into=(?P<id>\d+)"),
    re.compile(r"\b(?P<realm>\d+) (?P<object>[A-Z][a-z]+) \d+ without (?P<id>\d+)"),
    re.compile(r"pair: (?P<object>\w+) (?P<realm>\d+) \S+ (?P<id>\d+)"),
    re.compile(r"realm='(?P<realm>\d+)', entity='(?P<object>\w+)', quickbooks_id='(?P<id>\d+)'"),
)
TOUCHED = re.compile(r"Walnut(\d+)")
WORKER = re.compile(r"worker \d+")
# The calls of a worker that are not worth a line: those that read, and are answered.
QUIET = re.compile(r"(quickbooks|salesforce) (GET \S*|POST (query|token|bearer)) 200")
ORGANISATION = re.compile(r" 00D[0-9A-Za-z]{15}")


@dataclass
class Line:
    """One line of a trace, and the records that it names; `run` is the worker's run it is from."""

    at: str
    who: str
    what: str
    records: frozenset[str]
    run: str = ""


@dataclass
class Story:
    """The lines of a trace, and the records that the story is about."""

    lines: list[Line]
    concerned: set[str]

    def told(self) -> Iterator[str]:
        """Yield the story line by line."""
        runs = {line.run for line in self.lines if line.run and line.records & self.concerned}
        day = self.lines[0].at[:2] if self.lines else ""
        for line in self.lines:
            if not self._concerns(line, runs):
                continue
            at = line.at[3:] if line.at[:2] == day else f"day {line.at}"
            who, what = _plain(line)
            yield f"{at:>19}  {who:<16} {what}"

    def _concerns(self, line: Line, runs: set[str]) -> bool:
        if line.what.startswith(("VIOLATION", "---")):
            return True
        if line.records and " takes " not in line.what:
            return bool(line.records & self.concerned)
        if line.run:
            return line.run in runs and not QUIET.fullmatch(line.what)
        return line.what.startswith(("fault", "poison"))


def story_of(small: Shrinking) -> str:
    """Return the story of a failing world with its options, and how to see it again."""
    told = [
        f"seed {small.options.seed}, made small in {small.tried} tries: {small.options.told()}",
        *([f"left out: {_numbers(small.skipped)}"] if small.skipped != Skipped() else []),
        "",
        *told_of(small.played),
        "",
        *(f"violates {each}" for each in small.played.violations),
        "",
        "To keep it from coming back, add to tests/simulation/regressions.py:",
        f"    {regression_of(small.options, small.skipped)}",
    ]
    return "\n".join(told)


def told_of(played: Played) -> Iterator[str]:
    """Yield what concerns the records of a world's violations, in the order of time."""
    lines = lines_of(played.world.trace)
    concerned = _named(" ".join(played.violations), lines)
    law = law_of(played.violations[0])
    last = max(n for n, line in enumerate(lines) if line.what.startswith(f"VIOLATION: {law}"))
    return Story(lines[: last + 1], _closed(concerned, lines)).told()


def whole_story(played: Played) -> Iterator[str]:
    """Yield all that happens in a world, in the order of time."""
    lines = lines_of(played.world.trace)
    everything = {record for line in lines for record in line.records}
    return Story(lines, everything).told()


def lines_of(trace: Sequence[str]) -> list[Line]:
    """Read a trace; each line of a worker belongs to the run that began last."""
    lines, runs = [], 0
    current: dict[str, str] = {}
    for text in trace:
        found = LINE.match(text)
        if found is None:
            continue
        day, time, who, what = found.groups()
        worker = who if WORKER.fullmatch(who) else ""
        if not who and (named := WORKER.match(what)):
            worker = named[0]
        if worker and " takes " in what:
            runs += 1
            current[worker] = f"{worker}, run {runs}"
        lines.append(Line(f"{day} {time}", who, what, records_in(what), current.get(worker, "")))
    return lines


def records_in(what: str) -> frozenset[str]:
    """Return the records that a line names: by Salesforce id, or realm, object and id."""
    named = set(re.findall(rf"\b{SALESFORCE_ID}\b", what))
    for each in what.split(";") if " takes " in what else [what]:
        for pattern in BOOKS_IDS:
            for found in pattern.finditer(each):
                named.add(f"{found['realm']}/{found['object'].lower()}/{found['id']}")
    return frozenset(named)


def regression_of(options: Options, skipped: Skipped) -> str:
    """Return the row that keeps a failing world in the table of regressions."""
    drawn = Options.of(options.seed)
    forced = {
        each.name: getattr(options, each.name)
        for each in fields(options)
        if getattr(options, each.name) != getattr(drawn, each.name)
    }
    left_out = ""
    if skipped != Skipped():
        deeds, faults = sorted(skipped.deeds), sorted(skipped.faults)
        left_out = f", Skipped(frozenset({deeds}), frozenset({faults}))"
    return f'Regression("what it showed", {options.seed}, {forced!r}{left_out}),'


def _named(violations: str, lines: Sequence[Line]) -> set[str]:
    """Return the records that violations name, by their ids or by a value that they hold."""
    named = set(records_in(violations))
    values = set(TOUCHED.findall(violations))
    for line in lines:
        if values & set(TOUCHED.findall(line.what)):
            named |= line.records
    return named


def _closed(concerned: set[str], lines: Sequence[Line]) -> set[str]:
    """Return the records and those that they were tied to: as a pair, as a part, by a merge."""
    tying = [line for line in lines if line.what.startswith(("pair:", "person:"))]
    grown = True
    while grown:
        size = len(concerned)
        for line in tying:
            if line.records & concerned:
                concerned |= line.records
        grown = len(concerned) > size
    return concerned


def _plain(line: Line) -> tuple[str, str]:
    """Return who does what, in words."""
    kind, _, rest = ORGANISATION.sub("", line.what).partition(": ")
    if kind == "person":
        return "somebody", rest
    if kind == "bridge":
        return line.who, f"writes {rest}"
    if kind == "pair":
        return line.who, _outcome(rest)
    if worker := WORKER.match(line.what):
        return worker[0], line.what[worker.end() + 1 :]
    return line.who, line.what


def _outcome(told: str) -> str:
    entity, realm, ours, theirs, decision, status, reason, names = told.split(" ", 7)
    decided = f"{decision}, " if decision != "-" else ""
    why = f" ({reason})" if reason != "-" else ""
    written = f": {names}" if names != "[]" else ""
    return f"{entity} {ours} = {realm}/{theirs}: {decided}{status}{why}{written}"


def _numbers(skipped: Skipped) -> str:
    told = [
        f"{name} {', '.join(str(each) for each in sorted(numbers))}"
        for name, numbers in (("deeds", skipped.deeds), ("faults", skipped.faults))
        if numbers
    ]
    return "; ".join(told)
