"""The table of conformance: what became of each case with each client."""

from collections.abc import Iterator
from dataclasses import dataclass, field

ABSENT = "-"
NOT_RUN = "not run"


@dataclass
class Table:
    """Outcomes by vendor, case and client, in the order in which they came."""

    cells: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    def add(self, client: str, case: str, word: str, reason: str = "") -> None:
        """Enter one outcome; `client` is a vendor, a colon and the client's name and version."""
        vendor, _, name = client.partition(": ")
        row = self.cells.setdefault(vendor, {}).setdefault(case, {})
        # A test that failed may also fail to be cleared away.
        if row.get(name) not in (None, "passed"):
            return
        row[name] = word
        # What keeps a client from running is the same for all of its cases.
        where = name if word == NOT_RUN else f"{name}, {case}"
        line = f"{where}: {word}: {' '.join(reason.split())}"
        if reason and line not in self.reasons:
            self.reasons.append(line)

    def lines(self) -> Iterator[str]:
        """Write a table for each vendor, then a line for every reason."""
        for vendor, rows in self.cells.items():
            yield from _table(vendor, rows)
            yield ""
        yield from self.reasons


def _table(vendor: str, rows: dict[str, dict[str, str]]) -> Iterator[str]:
    clients = list(dict.fromkeys(client for row in rows.values() for client in row))
    widths = [max(map(len, [vendor, *rows])), *(max(len(client), 7) for client in clients)]
    yield _row([vendor, *clients], widths)
    yield _row(["-" * width for width in widths], widths)
    for case, row in rows.items():
        yield _row([case, *(row.get(client, ABSENT) for client in clients)], widths)


def _row(cells: list[str], widths: list[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"
