"""Where a company finds its documents again: by customer, by number, and which number is next."""

from collections import defaultdict

from local.simulators.quickbooks.schema import Entity, Row

Place = tuple[str, str]


class Filing:
    """Indexes over documents, kept as they are written."""

    def __init__(self) -> None:
        self._of_customer: dict[str, dict[Place, None]] = defaultdict(dict)
        self._of_number: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._last_number: dict[str, int] = {}

    def file(self, entity: Entity, before: Row | None, after: Row | None) -> None:
        """Take a change of a document in."""
        for row in filter(None, (before,)):
            place = (entity.name, row["Id"])
            self._of_customer[_customer(row)].pop(place, None)
            self._of_number[entity.name, row.get("DocNumber", "")].pop(row["Id"], None)
        for row in filter(None, (after,)):
            place = (entity.name, row["Id"])
            self._of_customer[_customer(row)][place] = None
            if number := row.get("DocNumber"):
                self._of_number[entity.name, number][row["Id"]] = None

    def of_customer(self, customer_id: str) -> list[Place]:
        """Return the documents of a customer, oldest first."""
        return list(self._of_customer.get(customer_id, ()))

    def holder_of(self, entity: Entity, number: str, besides: str) -> str | None:
        """Return the id of another document of this kind that has the number."""
        holders = self._of_number.get((entity.name, number), {})
        return next((each for each in holders if each != besides), None)

    def next_number(self, entity: Entity) -> str:
        """Return the number after the last one of a row of numbers."""
        return str(self._last_number.get(entity.numbering, 1000) + 1)

    def note_loaded(self, entity: Entity, number: str | None) -> None:
        """Remember the highest number of the documents that were there from the start."""
        if number and number.isdigit() and int(number) >= int(self.next_number(entity)):
            self.note_number(entity, number)

    def note_number(self, entity: Entity, number: str | None) -> None:
        """Remember the last number that was given; one that is not a number changes nothing."""
        if number and number.isascii() and number.isdigit():
            self._last_number[entity.numbering] = int(number)


def _customer(row: Row) -> str:
    """Return the customer of a document; a receipt need not have one."""
    return str((row.get("CustomerRef") or {}).get("value", ""))
