"""Results of queries that did not fit on one page."""

from datetime import datetime

from local.simulators.salesforce import ids
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.soql import Result

_PREFIX = "0r8"
_KEPT = 50


class Cursors:
    """Keeps the last few results, each under a locator that names the next row."""

    def __init__(self) -> None:
        self._results: dict[str, tuple[Result, datetime]] = {}
        self._made = 0

    def keep(self, result: Result, ends: datetime) -> str:
        """Keep a result until some time, and return its name."""
        name = ids.make(_PREFIX, self._made)
        self._made += 1
        self._results[name] = (result, ends)
        if len(self._results) > _KEPT:
            del self._results[next(iter(self._results))]
        return name

    def find(self, locator: str, now: datetime) -> tuple[str, Result, int]:
        """Return the name, the result and the row number of a locator such as `0r8...-2000`.

        Raises:
            ApiError: INVALID_QUERY_LOCATOR.
        """
        name, _, start = locator.rpartition("-")
        result, ends = self._results.get(name, (None, now))
        if result is None or ends <= now or not start.isdigit():
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return name, result, int(start)

    def clear(self) -> None:
        """Forget every result."""
        self._results.clear()
