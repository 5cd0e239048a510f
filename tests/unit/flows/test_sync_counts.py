"""How many calls a hundred changes cost, counted by the stand-ins."""

import json

import pytest

from bridge.model import ChangeKind
from local.simulators.server import Request
from tests.rig import QB, SF, Rig

HUNDRED = 100


def hundred_pairs() -> tuple[Rig, list[str], list[str]]:
    rig = Rig()
    accounts = [rig.new_account(f"Acme {n:03}") for n in range(HUNDRED)]
    rig.settle(*(rig.account_changed(each) for each in accounts))
    customers = [str(rig.pair(each).quickbooks_id) for each in accounts]
    rig.quiet()
    rig.quickbooks.handle(Request("POST", "/_admin/limits/reset"))
    return rig, accounts, customers


def metered_reads(rig: Rig) -> int:
    """Return the reads that QuickBooks would put on the bill."""
    answer = rig.quickbooks.handle(Request("GET", "/_admin/limits"))
    return int(json.loads(answer.body)["metered_reads"])


def test_hundred_accounts_edited_at_once_cost_no_metered_read():
    rig, accounts, customers = hundred_pairs()
    events = [rig.edit_account(each, Phone="555-0177") for each in accounts]

    rig.sync_quietly(*events)

    assert rig.calls(SF) == {"query": 1}
    assert rig.calls(QB) == {"batch": 4}
    assert metered_reads(rig) == 0
    assert {row["PrimaryPhone"]["FreeFormNumber"] for row in rig.customers()} == {"555-0177"}
    assert rig.customer(customers[-1])["SyncToken"] == "1"


def test_hundred_customers_edited_at_once_cost_one_read_of_each_system():
    rig, accounts, customers = hundred_pairs()
    events = [rig.edit_customer(each, Fax={"FreeFormNumber": "555-0199"}) for each in customers]

    rig.sync_quietly(*events)

    assert rig.calls(SF) == {"query": 1, "composite": 4}
    assert rig.calls(QB) == {"query": 1}
    assert metered_reads(rig) == 1
    assert {rig.account(each)["Fax"] for each in accounts} == {"555-0199"}


def test_echoes_of_a_hundred_writes_cost_one_metered_read():
    rig, accounts, customers = hundred_pairs()
    rig.sync(*(rig.edit_account(each, Phone="555-0177") for each in accounts))
    echoes = [rig.customer_changed(each) for each in customers]
    rig.calls(QB), rig.calls(SF)

    rig.sync_quietly(*echoes)

    assert rig.calls(SF) == {"query": 1}
    assert rig.calls(QB) == {"query": 1}
    assert metered_reads(rig) == 1


def test_hundred_new_accounts_cost_few_calls():
    rig = Rig()
    accounts = [rig.new_account(f"Acme {n:03}") for n in range(HUNDRED)]
    rig.calls(QB), rig.calls(SF)

    rig.sync(*(rig.account_changed(each) for each in accounts))

    # Names are looked for with the suffixes that QuickBooks gives to inactive records: 300 of them.
    assert rig.calls(QB) == {"batch": 4, "query": 2}
    # Under the claim they are read once more: they take part by a condition.
    assert rig.calls(SF) == {"query": 2, "composite": 4}
    assert len(rig.customers()) == HUNDRED


@pytest.mark.parametrize("contacts", [False, True])
def test_hundred_new_customers_cost_few_calls(contacts):
    rig = Rig()
    person = {"FamilyName": "Byron"} if contacts else {}
    customers = [rig.new_customer(f"Acme {n:03}", **person) for n in range(HUNDRED)]
    rig.calls(QB), rig.calls(SF)

    rig.sync(*(rig.customer_changed(each, ChangeKind.CREATED) for each in customers))

    assert rig.calls(QB) == {"query": 1}
    inserts = 2 if contacts else 1
    assert rig.calls(SF) == {"query": 1, "collections": inserts, "collections:create": inserts}
    assert len(rig.accounts()) == HUNDRED
    assert len(rig.accounts("Contact")) == (HUNDRED if contacts else 0)
