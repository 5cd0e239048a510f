"""The tables at the end of a run."""

from collections import Counter
from collections.abc import Iterator

from tests.simulation.branches import catalogue
from tests.simulation.required import reason_of
from tests.simulation.tally import Tally

RAREST = 12

SUBJECTS = {
    "faults": "faults injected",
    "circumstances": "circumstances",
    "entities": "pairs linked",
    "decisions": "decisions",
    "outcomes": "outcomes",
    "waits": "reasons to wait",
    "reasons": "reasons of outcomes",
    "messages": "log lines",
    "protocol": "moments of the protocol",
}


def tables(tally: Tally) -> Iterator[str]:
    """Yield what a run has shown, one text after the other."""
    for subject, title in SUBJECTS.items():
        yield f"\n{title}\n{_rows(tally.of(subject))}"
    branches = tally.of("branches")
    known = list(catalogue())
    passed = sum(name in branches for name in known)
    yield f"\nbranches of the protocol: {passed} of {len(known)} taken"
    asked = Counter({name: branches[name] for name in known if not reason_of(name)})
    yield "those taken in the fewest worlds"
    yield _rows(Counter(dict(asked.most_common()[: -RAREST - 1 : -1])))
    yield "\na world, in the median"
    yield "\n".join(f"  {size:>10g}  {name}" for name, size in tally.medians.items())
    yield f"\n{tally.worlds_a_minute:.0f} worlds a minute and core"


def _rows(counts: Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"  {times:>10,}  {name}" for name, times in ordered)
