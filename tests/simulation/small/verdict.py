"""What must hold when a small scene has come to rest, judged from what people did and can see."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.model import ChangeEvent, Outcome, OutcomeStatus
from tests.simulation.kinds import in_quickbooks, number_of
from tests.simulation.small.deeds import QUICKBOOKS, REALM
from tests.simulation.small.scenes import Scene
from tests.simulation.small.stage import KIND, Stage

Row = Mapping[str, Any]
OPEN = (OutcomeStatus.CONFLICT, OutcomeStatus.REJECTED)
GONE = ("quickbooks_inactive", "quickbooks_gone", "adopted_inactive", "salesforce_deleted")


def judge(stage: Stage, scene: Scene) -> None:
    """Tell the ledger of every violation."""
    _at_rest(stage)
    _records(stage, scene)
    _edits(stage)


def ask_everything(stage: Stage) -> Iterator[ChangeEvent]:
    """Yield an event for each record that there is or was."""
    yield from (stage.org_event(each) for each in stage.accounts())
    yield from (stage.books_event(row["Id"]) for row in stage.customers())


def ask_again(stage: Stage) -> Iterator[ChangeEvent]:
    """Yield an event for each record that waits for a person, as the catch-up asks for them."""
    yield from (e for e in ask_everything(stage) if _is_open(_last(stage, e.record_id)))


def _at_rest(stage: Stage) -> None:
    for row in stage.rows.rows.values():
        if row.intent is not None and getattr(row, "state", "") != "conflict":
            stage.ledger.violates("no block", f"an intent is open: {row.key}")
        if not row.is_free(stage.turns.at):
            stage.ledger.violates("no block", f"a claim stands: {row.key}")


def _records(stage: Stage, scene: Scene) -> None:
    """Every record has one counterpart that agrees with it, or says why not."""
    ours, theirs = defaultdict(list), defaultdict(list)
    for row in stage.people.accounts():
        ours[number_of(row["Name"])].append(row)
    for row in stage.people.customers(REALM):
        theirs[number_of(row["DisplayName"])].append(row)
    for number in sorted({*ours, *theirs}, key=str):
        mine, others = ours[number], theirs[number]
        told = {row["Id"]: _last(stage, row["Id"]) for row in (*mine, *others)}
        if len(others) > 1 or sum(not _is_open(told[row["Id"]]) for row in mine) > 1:
            stage.ledger.violates("no duplicates", f"{len(mine)} and {len(others)} of {number}")
        if mine and others and not _is_open(told[mine[0]["Id"]]):
            _agree(stage, mine[0], others[0])
        for row in (*mine, *others) if not (mine and others) else ():
            if not _is_explained(told[row["Id"]], scene):
                what = told[row["Id"]]
                said = what and f"{what.status} {what.reason}"
                stage.ledger.violates("no losses", f"{row['Id']} has no counterpart ({said})")


def _agree(stage: Stage, mine: Row, other: Row) -> None:
    for name, place in KIND.fields.items():
        ours, theirs = number_of(mine[place.salesforce]), number_of(in_quickbooks(other, place))
        if ours != theirs:
            stage.ledger.violates("converges", f"{mine['Id']} {name}: {ours} and {theirs}")


def _edits(stage: Stage) -> None:
    """What a person typed is there, was replaced by somebody who saw it, or can be read."""
    ledger = stage.ledger
    for edit in ledger.edits:
        if _is_out(stage, edit.cell) or ledger.survives(edit, ledger.cells[edit.cell]):
            continue
        final = ledger.cells[edit.cell]
        told = f"{' '.join(edit.cell)}: Walnut{edit.number} is gone, there is {final}"
        ledger.violates("no lost update", told)


def _is_out(stage: Stage, cell: tuple[str, str, str, str]) -> bool:
    system, _, record, _ = cell
    is_books = system == QUICKBOOKS
    rows = stage.people.customers(REALM) if is_books else stage.people.accounts()
    return all(row["Id"] != record.rsplit(" ", 1)[-1] for row in rows)


def _last(stage: Stage, record_id: str) -> Outcome | None:
    told = (outcome for _, outcome in reversed(stage.outcomes.kept))
    return next((e for e in told if record_id in (e.salesforce_id, e.quickbooks_id)), None)


def _is_open(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.status in OPEN


def _is_explained(outcome: Outcome | None, scene: Scene) -> bool:
    if outcome is None:
        return False
    return outcome.status in OPEN or (scene.has_removal and outcome.reason in GONE)
