"""What holds over a whole story: observing, realms kept apart, secrets kept, a quiet end."""

import json

import pytest

from bridge.flows.cases import Mode
from bridge.model import OutcomeStatus
from bridge.observability import logger
from tests.rig import QB, SF, Rig

SECRETS = {
    "Name": "Zanzibar Trading",
    "Phone": "555-771-9041",
    "Website": "https://zanzibar-trading.example",
    "Description": "Owes us a favour",
    "BillingStreet": "77 Clove Quay",
}
PERSON = {"FirstName": "Xanthippe", "LastName": "Quillfeather", "Email": "xq@zanzibar.example"}


# Observe


def observing(rig: Rig) -> Rig:
    """Switch to observing, and forget what was counted so far."""
    rig.mode = Mode.OBSERVE
    rig.quiet()
    return rig


def state_of(rig: Rig) -> str:
    """Return everything that the systems and the rows hold."""
    rows = sorted(map(repr, rig.rows.rows.values()))
    return json.dumps([rig.accounts(), rig.accounts("Contact"), rig.customers(), rows])


@pytest.mark.parametrize(
    ("story", "status", "decision"),
    [
        ("create", OutcomeStatus.OBSERVED, "create"),
        ("arrive", OutcomeStatus.OBSERVED, "create"),
        ("adopt", OutcomeStatus.OBSERVED, "adopt"),
        ("edit", OutcomeStatus.OBSERVED, "update"),
        ("edit there", OutcomeStatus.OBSERVED, "update"),
        ("delete", OutcomeStatus.OBSERVED, "deactivate"),
        ("deactivate", OutcomeStatus.SKIPPED, "skip"),
        ("nothing", OutcomeStatus.SKIPPED, "skip"),
    ],
)
def test_observing_decides_and_records_and_writes_nothing(story, status, decision):
    rig = Rig()
    account, customer = rig.linked("Acme")
    observing(rig)
    event = {
        "create": lambda: rig.account_changed(rig.new_account("New")),
        "arrive": lambda: rig.customer_changed(rig.new_customer("New")),
        "adopt": lambda: rig.account_changed(rig.new_account(rig_name(rig))),
        "edit": lambda: rig.edit_account(account, Phone="555-0177"),
        "edit there": lambda: rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"}),
        "delete": lambda: rig.delete_account(account),
        "deactivate": lambda: deactivated(rig, customer),
        "nothing": lambda: rig.account_changed(account),
    }[story]()
    before = state_of(rig)

    (outcome,) = rig.sync_quietly(event)

    assert (outcome.status, outcome.decision) == (status, decision)
    assert state_of(rig) == before
    assert rig.writes() == 0
    assert not rig.queue.sent


def rig_name(rig: Rig) -> str:
    """Return the name of a customer that nobody has linked."""
    rig.new_customer("Lone")
    return "Lone"


def deactivated(rig: Rig, customer: str):
    rig.in_quickbooks("deactivate", id=customer)
    return rig.customer_changed(customer)


@pytest.mark.parametrize("born", [QB, SF])
def test_observing_leaves_a_create_of_unknown_outcome_alone(born):
    rig = Rig()
    if born is SF:
        rig.plant(QB, {"kind": "batch"}, drop="after")
        event = rig.account_changed(rig.new_account("Acme"))
    else:
        rig.plant(SF, {"kind": "collections:create"}, drop="after")
        event = rig.customer_changed(rig.new_customer("Acme"))
    rig.sync(event)
    observing(rig)
    rig.clock.advance(200)
    before = state_of(rig)

    rig.sync(event)

    assert state_of(rig) == before
    rig.mode = Mode.LIVE
    rig.settle(event)
    assert (len(rig.accounts()), len(rig.customers())) == (1, 1)
    rig.assert_agreed(rig.accounts()[0]["Id"])


def test_what_was_observed_is_written_once_the_mode_is_live():
    rig = Rig(mode=Mode.OBSERVE)
    account = rig.new_account("Acme")
    event = rig.account_changed(account)
    rig.sync(event)

    rig.mode = Mode.LIVE
    rig.settle(event)

    assert len(rig.customers()) == 1
    rig.assert_agreed(account)


# Realms


def test_edit_in_salesforce_reaches_the_pairs_of_both_realms():
    rig = Rig(realms=("1", "2"))
    account = rig.new_account("Acme")
    rig.settle(rig.account_changed(account))

    outcomes = rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert sorted(outcome.realm for outcome in outcomes) == ["1", "2"]
    for realm in rig.realms:
        (customer,) = rig.customers(realm)
        assert customer["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
        assert rig.pair(account, realm).quickbooks_id == customer["Id"]
    rig.assert_agreed(account)


def test_edit_in_one_realm_reaches_the_other_only_through_salesforce():
    rig = Rig(realms=("1", "2"))
    account = rig.new_account("Acme")
    rig.settle(rig.account_changed(account))

    rig.settle(rig.edit_customer("1", realm="2", Fax={"FreeFormNumber": "555-0199"}))
    assert rig.account(account)["Fax"] == "555-0199"
    assert "Fax" not in rig.customer("1", realm="1")
    rig.settle(rig.account_changed(account))

    assert rig.customer("1", realm="1")["Fax"]["FreeFormNumber"] == "555-0199"
    rig.assert_agreed(account)


def test_event_of_one_realm_asks_nothing_of_another():
    rig = Rig(realms=("1", "2"))
    rig.new_customer("Acme", realm="1")
    customer = rig.new_customer("Acme", realm="2")

    rig.settle(rig.customer_changed(customer, realm="2"))

    assert {request.path.split("/")[3] for request in rig.wires[QB].passed} == {"2"}
    assert rig.customers("1")[0]["SyncToken"] == "0"
    assert rig.pointer(customer, realm="1").revision == 0


def test_paused_realm_does_not_hold_up_the_other():
    rig = Rig(realms=("1", "2"))
    rig.connections.pause("1", "grant_revoked", rig.clock.now())
    account = rig.new_account("Acme")

    rig.sync(rig.account_changed(account))

    assert (len(rig.customers("1")), len(rig.customers("2"))) == (0, 1)
    assert len(rig.queue.sent) == 1


def test_conflict_in_one_realm_is_not_hidden_by_the_pair_of_another():
    rig = Rig(realms=("1", "2"))
    rig.in_quickbooks("create", "Vendor", fields={"DisplayName": "Acme"})
    account = rig.new_account("Acme")
    rig.settle(rig.account_changed(account))
    assert rig.status(account) == "Conflict"
    rig.quiet()

    rig.settle(rig.account_changed(account))

    assert rig.status(account) == "Conflict"
    assert "company 1, Conflict" in rig.message(account)
    assert "composite" not in rig.calls(SF)


# Secrets


def values_typed() -> list[str]:
    return [*SECRETS.values(), *PERSON.values(), "Quay Partners", "555-0188"]


def test_no_value_of_a_customer_and_no_token_is_ever_told(capsys):
    logger.setLevel("DEBUG")
    rig = Rig()
    account = rig.new_account(contact=PERSON, name=SECRETS["Name"], **without_name())
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync(rig.account_changed(account))
    rig.go_round()
    twin = rig.new_account(SECRETS["Name"])
    born = rig.new_customer("Quay Partners", Notes="Owes us a favour")
    rig.plant(SF, {"kind": "query"}, status=503)
    rig.settle(rig.account_changed(twin), rig.customer_changed(born))
    rig.settle(
        rig.edit_account(account, Website="https://zanzibar-trading.example/new"),
        rig.edit_customer("1", WebAddr={"URI": "https://zanzibar-trading.example/old"}),
        rig.edit_customer("1", PrimaryPhone={"FreeFormNumber": "555-0188"}),
    )
    rig.in_quickbooks("create", "Vendor", fields={"DisplayName": "Quillfeather & Co"})
    clash = rig.new_account("Quillfeather & Co")
    rig.plant(SF, {"kind": "composite_item:PATCH"}, code="STRING_TOO_LONG", body="Owes us a favour")
    rig.settle(rig.account_changed(clash), rig.edit_contact(account, LastName="Quillfeather-Ray"))
    rig.settle(rig.delete_account(account))
    logger.setLevel("INFO")

    printed = capsys.readouterr()
    rows = repr(list(rig.rows.rows.values()))
    queued = [sent.change.to_json() for sent in rig.queue.sent]
    outcomes = repr(rig.outcomes.kept)
    told = "\n".join([printed.out, printed.err, json.dumps(rig.logged), rows, outcomes, *queued])
    assert len(rig.outcomes.kept) > 8
    assert "pair synced" in told
    for value in (*values_typed(), "at-0", "Quillfeather", "Zanzibar", "zanzibar"):
        assert value not in told, value


def without_name() -> dict[str, str]:
    return {name: value for name, value in SECRETS.items() if name != "Name"}


def test_message_put_back_carries_ids_and_times_only():
    rig = Rig()
    account = rig.new_account(SECRETS["Name"], Phone=SECRETS["Phone"])
    rig.plant(SF, {"kind": "query"}, status=503)

    rig.sync(rig.account_changed(account))

    assert set(json.loads(rig.queue.sent[0].change.to_json())) == {
        *("schema", "system", "scope", "object", "id", "kind", "changed_at", "first_seen"),
        "attempt",
    }


def test_one_line_is_logged_per_pair_with_names_of_fields_and_no_values():
    rig = Rig()
    account, customer = rig.linked("Acme")

    rig.settle(rig.edit_account(account, Phone="555-0177"))

    (line,) = [line for line in rig.logged if line["message"] == "pair synced"]
    assert line["level"] == "INFO"
    assert (line["salesforce_id"], line["quickbooks_id"]) == (account, customer)
    assert (line["decision"], line["status"]) == ("update", "done")
    assert line["fields"] == ["phone"]


# Quiet


def test_same_event_three_times_changes_nothing_more():
    rig = Rig()
    account, customer = rig.linked("Acme")
    event = rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"})
    rig.settle(event)
    rig.writes()

    for _ in range(3):
        rig.sync(event, event, event)

    assert rig.writes() == 0
    assert rig.account(account)["Fax"] == "555-0199"
