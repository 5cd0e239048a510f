"""One story, with each behaviour of the vendors that nobody is sure of set the other way."""

from typing import Any

import pytest

from bridge.model import ChangeKind, PairState
from tests.rig import Rig

QUICKBOOKS: list[dict[str, Any]] = [
    {"deleted_suffix": False},
    {"deactivation_event": "deleted"},
    {"name_case_sensitive": True},
    {"names_trimmed": False},
    {"sub_customer_names": "within_parent"},
    {"requestid_honoured": False},
    {"requestid_changed_body": "refused"},
    {"faults_replayed_by_requestid": True},
    {"batch_repeat": "fault_6000"},
    {"query_lag_s": 20.0},
    {"entity_case_sensitive": True},
    {"too_many_rows": "refused"},
    {"row_order": "id"},
    {"empty_query": "paged"},
    {"balance_moves_time": False},
    {"values_normalised": True},
]
SALESFORCE: list[dict[str, Any]] = [
    {"conditional_stamp": "SystemModstamp"},
    {"precondition_code": "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK"},
    {"get_deleted_answer": "NOT_FOUND"},
    {"unknown_id_on_write": "NOT_FOUND"},
    {"deleted_external_id_blocks_reuse": True},
    {"empty_text_is_null": False},
    {"values_normalised": True},
    {"roll_up_moves_last_modified": False},
    {"limit_enforced": True},
]


def named(switches: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in switches.items())


@pytest.mark.parametrize("switches", [{}, *QUICKBOOKS], ids=named)
def test_the_story_ends_well_however_quickbooks_behaves(switches: dict[str, Any]) -> None:
    rig = Rig()
    rig.quickbooks.switches.change(switches)

    play(rig)


@pytest.mark.parametrize("switches", SALESFORCE, ids=named)
def test_the_story_ends_well_however_salesforce_behaves(switches: dict[str, Any]) -> None:
    rig = Rig()
    rig.salesforce.switches.set(switches)

    play(rig)


def play(rig: Rig) -> None:
    """Let records be made, edited, renamed, deleted and revived on both sides, and look."""
    account, customer = rig.linked("Acme", Phone="555-0100", contact={"LastName": "Ruiz"})
    born = rig.new_customer("Sequoia Roofing", GivenName="Lee", FamilyName="Chan")
    rig.settle(rig.customer_changed(born, ChangeKind.CREATED))
    (second,) = [row["Id"] for row in rig.accounts() if row["Id"] != account]

    both = [
        rig.edit_account(account, Website="https://acme.example", BillingCity="Oakland"),
        rig.edit_customer(customer, Notes="Pays late", BillAddr={"City": "Fresno"}),
    ]
    rig.settle(*both)
    rig.settle(rig.edit_account(second, Name="Sequoia Roofs"))
    gone = rig.delete_account(account)
    rig.settle(gone)
    assert rig.customer(customer)["Active"] is False
    rig.in_salesforce("undelete", id=account)
    rig.settle(rig.account_changed(account, ChangeKind.UNDELETED))
    rig.settle(*rig.every_event())

    rig.assert_agreed(account, second)
    assert len(rig.customers()) == 2
    assert all(rig.pair(each).state is PairState.LINKED for each in (account, second))
    assert "Oakland" in rig.message(account)
    rig.quiet()
    rig.settle(*rig.every_event())
    assert rig.writes() == 0
