"""When an invoice is due.

Intuit: api/accounting/all-entities/term; without a term the sample invoice is due after 30 days.
"""

from datetime import date, timedelta

from local.simulators.quickbooks.schema import Row

_DAYS_WITHOUT_A_TERM = 30


def due_date(issued: str, term: Row | None) -> str:
    """Return the day on which a document of that day is due."""
    return _due(date.fromisoformat(issued), term).isoformat()


def _due(day: date, term: Row | None) -> date:
    if term is None:
        return day + timedelta(days=_DAYS_WITHOUT_A_TERM)
    if term.get("DueDays") is not None:
        return day + timedelta(days=int(term["DueDays"]))
    due = _in_month(day.year, day.month, int(term["DayOfMonthDue"]))
    if due < day:
        due = _a_month_after(due, term)
    # Issued too shortly before that day, it is due a month later.
    if (due - day).days < int(term.get("DueNextMonthDays") or 0):
        due = _a_month_after(due, term)
    return due


def _a_month_after(day: date, term: Row) -> date:
    following = day.replace(day=1) + timedelta(days=32)
    return _in_month(following.year, following.month, int(term["DayOfMonthDue"]))


def _in_month(year: int, month: int, day: int) -> date:
    following = (date(year, month, 1) + timedelta(days=32)).replace(day=1)
    return min(date(year, month, 1) + timedelta(days=day - 1), following - timedelta(days=1))
