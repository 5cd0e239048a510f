"""Totals: what is said of a document that does not come to the same on both sides."""

from bridge.core.messages import problem_text
from bridge.core.totals import DIFFER, Difference, difference
from bridge.flows.cases import Case
from bridge.model import PairState


def difference_of(case: Case) -> Difference | None:
    """Return by what the totals of a linked document differ, or None."""
    row, record = case.row, case.salesforce
    if record is None or row is None or row.state is not PairState.LINKED:
        return None
    merged = case.decision.merge if case.decision else None
    return difference(case.mapping, record, case.quickbooks, merged)


def totals_text(case: Case) -> str | None:
    """Return what the Salesforce record shows of totals that differ."""
    found = difference_of(case)
    return problem_text(DIFFER, case.mapping, "", found.words) if found else None
