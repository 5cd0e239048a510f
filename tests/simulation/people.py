"""People: they edit both systems all the time, and know nothing of the bridge."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from local.simulators.quickbooks.app import QuickBooks
from local.simulators.salesforce.app import Salesforce
from local.simulators.salesforce.prices import standard_book
from local.simulators.server import Request, json_bytes
from tests.simulation.kinds import CUSTOMER, Kind, Place, in_quickbooks, kind_of, nested, number_of
from tests.simulation.options import Options

Row = Mapping[str, Any]
Deed = Callable[[], object]


@dataclass
class People:
    """Everybody who works in either system; `is_acting` while one of them does."""

    options: Options
    chance: Random
    salesforce: Salesforce
    quickbooks: QuickBooks
    note: Callable[[str], None]
    skipped: frozenset[int] = frozenset()
    is_acting: bool = False
    typed: int = 0
    done: int = 0
    deeds: list[tuple[Deed, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        options = self.options
        is_linking = options.profile == "linking"
        self.deeds = [
            (self.edit_in_salesforce, 30),
            (self.edit_in_quickbooks, 30),
            (self.edit_both, 8),
            (self.add_in_salesforce, 20 if is_linking else 6),
            (self.add_in_quickbooks, 20 if is_linking else 6),
            (self.add_twins, (15 if is_linking else 3) * options.twins),
            (self.rename, (15 if is_linking else 6) * options.renames),
            (self.touch, 4),
            (self.delete, 5 * options.deletes),
            (self.undelete, 5 * options.deletes),
            (self.switch_activity, 5 * options.deletes),
            (self.merge_accounts, 3 * options.merges),
            (self.merge_customers, 3 * options.merges),
        ]

    def act(self) -> None:
        """Let one of them do one thing, as long as there is something left to do."""
        if self.done >= self.options.actions:
            return
        deeds, weights = zip(*self.deeds, strict=True)
        self.done += 1
        # Each deed draws for itself, so that the others stay as they are when one is left out.
        self.chance.seed(f"deed {self.done} {self.options.seed}")
        deed = self.chance.choices(deeds, weights)[0]
        if self.done in self.skipped:
            return
        self.acting(deed)

    def add(self) -> None:
        """Let one of them type in a record that everybody starts with."""
        deeds: list[Deed] = [self.add_in_salesforce, self.add_in_quickbooks]
        self.acting(self.chance.choice(deeds))

    def acting(self, deed: Deed) -> None:
        """Do something as a person."""
        self.is_acting = True
        try:
            deed()
        finally:
            self.is_acting = False

    # What they type

    def new(self, *, is_name: bool = False) -> str:
        """Return a text that nobody has typed before, at times untidy."""
        self.typed += 1
        text = f"Walnut{self.typed}"
        if is_name:
            return f"{text} Ltd"
        return self.chance.choice([text, text, text, f"{text}  b", f" {text} "])

    # What there is

    def accounts(self, kind: Kind = CUSTOMER) -> list[Row]:
        """Return the living Salesforce records of a kind."""
        org = self.salesforce.org
        rows = org.rows(org.schema.objects[kind.salesforce]).values()
        living = (row for row in rows if not row["IsDeleted"])
        return [row for row in living if kind_of(kind.salesforce, row) is kind]

    def customers(self, realm: str, kind: Kind = CUSTOMER) -> list[Row]:
        """Return the active QuickBooks records."""
        rows = self.quickbooks.companies[realm].rows(kind.quickbooks)
        return [row for row in rows if row.get("Active") is not False]

    def part_of(self, kind: Kind, row: Row) -> Row:
        """Return the part of a Salesforce record that holds a field of its kind."""
        if kind.salesforce == "Product2":
            return self.entry(row["Id"]) or {}
        return (self.contact(row["Id"]) if kind.salesforce == "Account" else None) or {}

    def entry(self, product: str, book: str = "") -> Row | None:
        """Return the entry of a product in the standard price book, or in another one."""
        org = self.salesforce.org
        rows = org.rows(org.schema.objects["PricebookEntry"]).values()
        own = (row for row in rows if row["Product2Id"] == product and not row["IsDeleted"])
        book = book or self.standard_book()
        return next((row for row in own if row["Pricebook2Id"] == book), None)

    def standard_book(self) -> str:
        """Return the standard price book."""
        return str(standard_book(self.salesforce.org)["Id"])

    def contact(self, account: str) -> Row | None:
        """Return the primary contact of an account, or the oldest."""
        org = self.salesforce.org
        rows = org.rows(org.schema.objects["Contact"]).values()
        own = [row for row in rows if row["AccountId"] == account and not row["IsDeleted"]]
        return min(own, key=_standing, default=None)

    def realm(self) -> str:
        """Return one of the companies."""
        return self.chance.choice(list(self.quickbooks.companies))

    def chosen(self, rows: Sequence[Row]) -> Row | None:
        """Return one of some records; in a duel mostly the first."""
        if not rows:
            return None
        if self.options.profile == "duel" and self.chance.random() < 0.7:
            return rows[0]
        return self.chance.choice(rows)

    def place(self, kind: Kind) -> tuple[str, Place]:
        """Return a field to edit; in a duel nearly always the same one."""
        names = [name for name in kind.fields if name != kind.name]
        if self.options.profile == "duel" and self.chance.random() < 0.7:
            return names[0], kind.fields[names[0]]
        name = self.chance.choice(names)
        return name, kind.fields[name]

    def has_enough(self, kind: Kind = CUSTOMER) -> bool:
        """Say whether there are so many records of a kind that nobody adds another one by himself:
        few that much befalls show more than many that are left alone.
        """
        here = [self.accounts(kind)]
        there = [self.customers(realm, kind) for realm in self.quickbooks.companies]
        return max(map(len, [*here, *there])) >= self.options.enough[kind.entity]

    # What they do

    def add_in_salesforce(self, kind: Kind = CUSTOMER) -> bool:
        """Add an account, perhaps with its contact; where there are enough, change one."""
        if self.has_enough(kind):
            return self.edit_in_salesforce(kind)
        fields: dict[str, Any] = {"Name": self.new(is_name=True), "Type": kind.type}
        for name in ("Phone", "Fax", "BillingCity"):
            if self.chance.random() < 0.4:
                fields[name] = self.new()
        account = self.in_salesforce("create", fields=fields)
        if account and self.chance.random() < 0.5:
            contact = {"AccountId": account, "LastName": "Ruiz", "MobilePhone": self.new()}
            self.in_salesforce("create", "Contact", fields=contact)
        return bool(account)

    def add_in_quickbooks(self, name: str = "", realm: str = "", kind: Kind = CUSTOMER) -> bool:
        """Add a customer; where there are enough, change one."""
        if not name and self.has_enough(kind):
            return self.edit_in_quickbooks(kind)
        fields: dict[str, Any] = {"DisplayName": name or self.new(is_name=True)}
        for each in ("phone", "fax", "mobile"):
            if self.chance.random() < 0.4:
                fields |= nested(kind.fields[each], self.new(), {})
        made = self.in_quickbooks("create", realm or self.realm(), kind.quickbooks, fields=fields)
        return made is not None

    def add_twins(self) -> bool:
        """Type the same customer into both systems; where there are enough, change one in both."""
        if self.has_enough():
            return self.edit_both()
        name = self.new(is_name=True)
        spelling = self.chance.choice([name, name, name.upper()])
        if self.quickbooks.switches.name_case_sensitive or self.options.renames:
            # In another case it would be another customer; and two spellings of one name have no
            # merge base, so that a rename in the moment of their meeting loses to its owner.
            spelling = name
        fields: dict[str, Any] = {"Name": name}
        if self.chance.random() < 0.5:
            fields["Fax"] = self.new()
        self.in_salesforce("create", fields=fields)
        return self.add_in_quickbooks(spelling)

    def edit_in_salesforce(self, kind: Kind = CUSTOMER) -> bool:
        """Change a field of an account or of its contact."""
        row = self.chosen(self.accounts(kind))
        if row is None:
            return False
        _, place = self.place(kind)
        value = self.new()
        if not place.part:
            return bool(
                self.in_salesforce("update", id=row["Id"], fields={place.salesforce: value})
            )
        contact = self.contact(row["Id"])
        if contact is None:
            fields = {"AccountId": row["Id"], "LastName": "Ruiz", place.salesforce: value}
            return bool(self.in_salesforce("create", "Contact", fields=fields))
        fields = {place.salesforce: value}
        return bool(self.in_salesforce("update", "Contact", id=contact["Id"], fields=fields))

    def edit_in_quickbooks(self, kind: Kind = CUSTOMER) -> bool:
        """Change a field of a customer."""
        realm = self.realm()
        row = self.chosen(self.customers(realm, kind))
        if row is None:
            return False
        _, place = self.place(kind)
        fields = nested(place, self.new(), row)
        return self._update_there(realm, kind, row, fields)

    def edit_both(self) -> bool:
        """Change the same thing on both sides in the same second, the same field or another."""
        realm = self.realm()
        row = self.chosen(self.accounts())
        if row is None:
            return False
        number = number_of(row["Name"])
        twin = next(
            (each for each in self.customers(realm) if number_of(each["DisplayName"]) == number),
            None,
        )
        _, place = self.place(CUSTOMER)
        if not place.part:
            self.in_salesforce("update", id=row["Id"], fields={place.salesforce: self.new()})
        if twin is None:
            return True
        if self.chance.random() < 0.4:
            _, place = self.place(CUSTOMER)
        fields = nested(place, self.new(), twin)
        return self.in_quickbooks("update", realm, id=twin["Id"], fields=fields) is not None

    def rename(self, kind: Kind = CUSTOMER) -> bool:
        """Give a record another name, on either side."""
        name = self.new(is_name=True)
        if self.chance.random() < 0.5:
            row = self.chosen(self.accounts(kind))
            return row is not None and bool(
                self.in_salesforce("update", id=row["Id"], fields={"Name": name})
            )
        realm = self.realm()
        row = self.chosen(self.customers(realm, kind))
        return row is not None and self._update_there(realm, kind, row, {"DisplayName": name})

    def touch(self) -> bool:
        """Raise version and time of a record without a change, as background jobs do."""
        realm = self.realm()
        if self.chance.random() < 0.5:
            row = self.chosen(self.customers(realm))
            return row is not None and bool(self.in_quickbooks("touch", realm, id=row["Id"]))
        row = self.chosen(self.accounts())
        return row is not None and bool(
            self.in_salesforce("update", id=row["Id"], fields={"Industry": "Energy"})
        )

    def delete(self, kind: Kind = CUSTOMER) -> bool:
        """Put a record into the bin."""
        row = self.chosen(self.accounts(kind))
        return row is not None and bool(self.in_salesforce("delete", kind.salesforce, id=row["Id"]))

    def undelete(self, kind: Kind = CUSTOMER) -> bool:
        """Take a record out of the bin."""
        org = self.salesforce.org
        rows = org.rows(org.schema.objects[kind.salesforce]).values()
        gone = [row for row in rows if row["IsDeleted"] and not row.get("MasterRecordId")]
        row = self.chosen(gone)
        if row is None:
            return False
        return bool(self.in_salesforce("undelete", kind.salesforce, id=row["Id"]))

    def switch_activity(self, kind: Kind = CUSTOMER) -> bool:
        """Make a customer inactive, or active again."""
        realm = self.realm()
        row = self.chosen(list(self.quickbooks.companies[realm].rows(kind.quickbooks)))
        if row is None:
            return False
        action = "deactivate" if row["Active"] else "reactivate"
        return self.in_quickbooks(action, realm, kind.quickbooks, id=row["Id"]) is not None

    def merge_accounts(self, kind: Kind = CUSTOMER) -> bool:
        """Make one account of two."""
        rows = self.accounts(kind)
        if len(rows) < 2:
            return False
        loser, survivor = self.chance.sample(rows, 2)
        return bool(self.in_salesforce("merge", id=loser["Id"], into=survivor["Id"]))

    def merge_customers(self, kind: Kind = CUSTOMER) -> bool:
        """Make one customer of two."""
        realm = self.realm()
        rows = self.customers(realm, kind)
        if len(rows) < 2:
            return False
        loser, survivor = self.chance.sample(rows, 2)
        kept = self.in_quickbooks(
            "merge", realm, kind.quickbooks, id=loser["Id"], into=survivor["Id"]
        )
        return kept is not None

    # The pages of the two systems

    def _update_there(self, realm: str, kind: Kind, row: Row, fields: Mapping[str, Any]) -> bool:
        changed = self.in_quickbooks("update", realm, kind.quickbooks, id=row["Id"], fields=fields)
        return changed is not None

    def in_salesforce(self, action: str, name: str = "Account", **details: Any) -> str:
        """Do something in Salesforce; "" where the page refuses it."""
        body = {"action": action, "object": name, **details}
        answer = self.salesforce.handle(Request("POST", "/_admin/person", body=json_bytes(body)))
        record_id = str(json.loads(answer.body)["id"]) if answer.status == 200 else ""
        told = " ".join(f"{key}={value}" for key, value in details.items())
        self.note(f"person: salesforce {action} {name} {record_id or 'REFUSED'} {told}")
        return record_id

    def in_quickbooks(
        self, action: str, realm: str, entity: str = "Customer", **details: Any
    ) -> Row | None:
        """Do something in QuickBooks; None where the page refuses it."""
        body = {"action": action, "realm": realm, "entity": entity, **details}
        answer = self.quickbooks.handle(Request("POST", "/_admin/person", body=json_bytes(body)))
        row = json.loads(answer.body) if answer.status == 200 else None
        told = " ".join(f"{key}={value}" for key, value in details.items())
        named = row.get("Id", "") if row else "REFUSED"
        self.note(f"person: quickbooks {realm} {action} {entity} {named} {told}")
        return row


def fields_of(kind: Kind, row: Row) -> Iterator[tuple[str, int | None]]:
    """Yield the numbers that a QuickBooks record shows, by field."""
    for name, place in kind.fields.items():
        yield name, number_of(in_quickbooks(row, place))


def _standing(contact: Row) -> tuple[Any, ...]:
    return (not contact["Is_Primary__c"], contact["CreatedDate"], contact["Id"])
