"""An org that was emptied by mistake does not empty the books."""

from bridge.model import ChangeKind
from tests.rig import QB, REALM, Rig


def deleted(rig: Rig, number: int) -> tuple[list[str], list[str]]:
    """Link some pairs and delete their Accounts; return the ids of both sides."""
    linked = [rig.linked(f"Acme {each}") for each in range(number)]
    for account, _ in linked:
        rig.delete_account(account)
    return [account for account, _ in linked], [customer for _, customer in linked]


def test_many_deletions_at_once_stop_the_company_and_deactivate_nothing() -> None:
    rig = Rig()
    rig.deletions.pairs = 12
    accounts, customers = deleted(rig, 12)

    events = [rig.account_changed(each, ChangeKind.DELETED) for each in accounts]
    outcomes = rig.sync_quietly(*events)

    assert {outcome.reason for outcome in outcomes} == {"held_mass_deletion"}
    assert all(rig.customer(each)["Active"] for each in customers)
    assert rig.connections.reasons == {REALM: "held_mass_deletion"}
    assert rig.counted["MassDeletionsHeld"] == 1
    assert len(rig.queue.sent) == 12


def test_the_company_goes_on_when_a_person_has_said_that_it_is_meant() -> None:
    rig = Rig()
    rig.deletions.pairs = 12
    accounts, customers = deleted(rig, 12)
    rig.sync_quietly(*(rig.account_changed(each, ChangeKind.DELETED) for each in accounts))

    rig.deletions.pairs = 1000
    rig.connections.resume(REALM)
    rig.go_round()

    assert not any(rig.customer(each)["Active"] for each in customers)


def test_a_few_deletions_of_a_small_company_are_carried_out() -> None:
    rig = Rig()
    rig.deletions.pairs = 12
    accounts, customers = deleted(rig, 3)

    rig.settle(*(rig.account_changed(each, ChangeKind.DELETED) for each in accounts))

    assert not any(rig.customer(each)["Active"] for each in customers)


def test_what_was_a_mistake_and_is_undeleted_stays_as_it_is() -> None:
    rig = Rig()
    rig.deletions.pairs = 12
    accounts, customers = deleted(rig, 12)
    rig.sync_quietly(*(rig.account_changed(each, ChangeKind.DELETED) for each in accounts))

    for account in accounts:
        rig.in_salesforce("undelete", id=account)
    rig.connections.resume(REALM)
    rig.go_round()

    assert all(rig.customer(each)["SyncToken"] == "0" for each in customers)
    rig.assert_agreed(*accounts)


def test_a_pause_that_is_ended_without_a_word_begins_again() -> None:
    rig = Rig()
    rig.deletions.pairs = 12
    accounts, customers = deleted(rig, 12)
    rig.sync_quietly(*(rig.account_changed(each, ChangeKind.DELETED) for each in accounts))
    sent, rig.queue.sent = rig.queue.sent, []

    rig.connections.resume(REALM)
    rig.sync_quietly(*(each.change for each in sent))

    assert rig.connections.reasons == {REALM: "held_mass_deletion"}
    assert all(rig.customer(each)["Active"] for each in customers)
    assert rig.counted["MassDeletionsHeld"] == 2


def test_one_deletion_that_is_refused_again_and_again_is_no_mass_deletion() -> None:
    rig = Rig()
    rig.deletions.pairs = 12
    (account,), (customer,) = deleted(rig, 1)

    for _ in range(11):
        rig.plant(QB, {"kind": "batch_item:update"}, code="6220")
        rig.settle(rig.account_changed(account, ChangeKind.DELETED))
    rig.settle(rig.account_changed(account, ChangeKind.DELETED))

    assert rig.connections.reasons == {}
    assert not rig.customer(customer)["Active"]
