"""Random stories: people act at every step of the workers, answers get lost, events come in any
order. A seed repeats a story.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bridge.model import ChangeEvent, PairState
from tests.rig import QB, SF, Rig

# Field of the Account, and where the customer holds it.
FIELDS = {
    "Phone": ("PrimaryPhone", "FreeFormNumber"),
    "Fax": ("Fax", "FreeFormNumber"),
    "Website": ("WebAddr", "URI"),
    "BillingCity": ("BillAddr", "City"),
}
PATHS = [(SF, "/query"), (SF, "/composite"), (QB, "/batch$"), (QB, "/query$"), (QB, "/customer/")]
CALLS = [(QB, "batch"), (QB, "query"), (SF, "composite"), (SF, "collections:create"), (SF, "query")]


@dataclass
class Story:
    """People and workers over one rig; every value that is typed is typed once."""

    seed: int
    rig: Rig = field(default_factory=Rig)
    pending: list[ChangeEvent] = field(default_factory=list)
    latest: dict[tuple[str, str], int] = field(default_factory=dict)
    typed: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  a story, not a secret
        self.deeds: list[tuple[Callable[[], None], int]] = [
            (self.edit_account, 30),
            (self.edit_customer, 30),
            (self.add_account, 10),
            (self.add_customer, 10),
            (self.add_both, 4),
            (self.rename, 6),
            (self.delete_or_undelete, 3),
            (self.switch_activity, 3),
        ]

    def play(self) -> None:
        """Let everything happen, then let all that is left come to rest."""
        self.rig.quickbooks.switches.query_lag_s = self.chance.choice([0.0, 0.0, 2.0, 10.0])
        for _ in range(self.chance.randint(10, 30)):
            self.act()
            if self.chance.random() < 0.5:
                self.work()
        for wire in self.rig.wires.values():
            wire.happenings.clear()
        self.rig.quickbooks.faults.clear()
        self.rig.salesforce.faults.clear()
        self.rig.quickbooks.switches.query_lag_s = 0.0
        self.rig.clock.advance(300)
        self.rig.quickbooks.settle()
        self.take_due()
        self.rig.settle(*self.pending)

    def take_due(self) -> None:
        """Let what was put back come again."""
        self.pending += [sent.change for sent in self.rig.queue.sent]
        self.rig.queue.sent.clear()

    # What workers do

    def work(self, depth: int = 0) -> None:
        """Put some events before a worker, while others act and answers get lost."""
        if not self.pending:
            return
        self.chance.shuffle(self.pending)
        size = self.chance.randint(1, min(4, len(self.pending)))
        batch = [self.pending.pop() for _ in range(size)]
        for _ in range(self.chance.choice([0, 0, 1, 2, 3])):
            self.let_happen(depth)
        if self.chance.random() < 0.35:
            system, kind = self.chance.choice(CALLS)
            self.rig.plant(system, {"kind": kind}, drop=self.chance.choice(["before", "after"]))
        self.rig.sync(*batch, self.chance.choice(batch))
        self.rig.clock.advance(self.chance.choice([0, 0.3, 0.9, 1.5, 5, 30, 100]))
        if self.chance.random() < 0.5:
            self.take_due()

    def let_happen(self, depth: int) -> None:
        """Let a person act, and perhaps another worker, at a step of this one."""

        def happen() -> None:
            self.act()
            if depth < 2 and self.chance.random() < 0.5:
                self.work(depth + 1)

        system, path = self.chance.choice(PATHS)
        is_after, skip = self.chance.random() < 0.5, self.chance.randint(0, 2)
        self.rig.meanwhile(system, path, happen, is_after=is_after, skip=skip)

    # What people do

    def act(self) -> None:
        """Let a person do one thing."""
        deeds, weights = zip(*self.deeds, strict=True)
        self.chance.choices(deeds, weights)[0]()

    def new(self, prefix: str) -> str:
        """Return a text that nobody has typed before."""
        self.typed += 1
        return f"{prefix}{self.typed}"

    def add_account(self) -> None:
        """Add an Account."""
        self.pending.append(self.rig.account_changed(self.rig.new_account(self.new("N"))))

    def add_customer(self) -> None:
        """Add a customer."""
        self.pending.append(self.rig.customer_changed(self.rig.new_customer(self.new("N"))))

    def add_both(self) -> None:
        """Add a record of one name on both sides."""
        name = self.new("N")
        self.pending.append(self.rig.account_changed(self.rig.new_account(name)))
        self.pending.append(self.rig.customer_changed(self.rig.new_customer(name)))

    def edit_account(self) -> None:
        """Edit a field of some Account."""
        if accounts := self.rig.accounts():
            account, name = self.chance.choice(accounts)["Id"], self.chance.choice([*FIELDS])
            self.pending.append(self.rig.edit_account(account, **{name: self.new("v")}))
            self.latest[account, name] = self.typed

    def edit_customer(self) -> None:
        """Edit a field of some active customer."""
        if customers := [row for row in self.rig.customers() if row["Active"]]:
            customer, name = self.chance.choice(customers)["Id"], self.chance.choice([*FIELDS])
            outer, inner = FIELDS[name]
            fields: dict[str, dict[str, str]] = {outer: {inner: self.new("v")}}
            self.rig.in_quickbooks("update", id=customer, fields=fields)
            self.pending.append(self.rig.customer_changed(customer))
            self.latest[customer, name] = self.typed

    def rename(self) -> None:
        """Rename a record on either side."""
        if accounts := self.rig.accounts():
            account = self.chance.choice(accounts)["Id"]
            self.pending.append(self.rig.edit_account(account, Name=self.new("N")))
        if customers := [row for row in self.rig.customers() if row["Active"]]:
            customer = self.chance.choice(customers)["Id"]
            self.pending.append(self.rig.edit_customer(customer, DisplayName=self.new("N")))

    def delete_or_undelete(self) -> None:
        """Delete an Account, or take one out of the bin."""
        account = self.chance.choice([*self.rig.accounts(), *self.rig.deleted_accounts(), None])
        if account and account.get("IsDeleted"):
            self.rig.in_salesforce("undelete", id=account["Id"])
            self.pending.append(self.rig.account_changed(account["Id"]))
        elif account:
            self.pending.append(self.rig.delete_account(account["Id"]))

    def switch_activity(self) -> None:
        """Make a customer inactive, or active again if its name is free."""
        if customers := self.rig.customers():
            customer = self.chance.choice(customers)
            if customer["Active"]:
                self.rig.in_quickbooks("deactivate", id=customer["Id"])
                self.pending.append(self.rig.customer_changed(customer["Id"]))


@pytest.mark.parametrize("seed", range(16))
def test_story_ends_agreed_with_every_latest_edit_kept_or_shown(seed):
    story = Story(seed)
    rig = story.rig

    story.play()

    for account in rig.accounts():
        pair = rig.pair(account["Id"])
        if pair.state is not PairState.LINKED or pair.quickbooks_id is None:
            assert rig.status(account["Id"]) in ("Conflict", "Inactive in QuickBooks", "Rejected")
            continue
        customer = rig.customer(pair.quickbooks_id)
        assert account["Name"] == customer["DisplayName"]
        for name, (outer, inner) in FIELDS.items():
            value = account.get(name) or ""
            assert value == (customer.get(outer) or {}).get(inner, ""), (account["Id"], name)
            typed = [story.latest.get((each, name), 0) for each in (account["Id"], customer["Id"])]
            newest = f"v{max(typed)}"
            is_shown = f'"{newest}"' in rig.message(account["Id"])
            assert not any(typed) or value == newest or is_shown, (account["Id"], name, newest)


@pytest.mark.parametrize("seed", range(16, 24))
def test_story_leaves_nothing_open_and_no_echo(seed):
    story = Story(seed)
    rig = story.rig

    story.play()

    rows = list(rig.rows.rows.values())
    assert all(row.is_free(rig.clock.now()) for row in rows)
    linked = [row for row in rows if getattr(row, "quickbooks_id", None)]
    assert len(linked) == len({row.quickbooks_id for row in linked})  # type: ignore[union-attr]
    assert not [
        row
        for row in rows
        if row.intent is not None and getattr(row, "state", None) is not PairState.CONFLICT
    ]
    rig.quiet()
    rig.sync(*rig.every_event())
    assert rig.writes() == 0
