"""The decision table, row by row."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.core.decide import decide, fingerprint_for
from bridge.core.decision import Decision, DecisionKind, Match, Pair
from bridge.core.intents import ACTIVE
from bridge.core.mapping import DeletePolicy
from bridge.errors import MappingError
from bridge.model import CrossReference, Intent, PairState, Record, Value
from tests.unit.core.records import (
    FINGERPRINTER,
    KEY,
    MAPPING,
    account,
    baseline,
    customer,
    linked,
    pair,
)

AT = datetime(2026, 11, 22, tzinfo=UTC)


def choose(given: Pair) -> Decision:
    return decide(given, MAPPING, FINGERPRINTER)


def unlinked(salesforce: Record | None, *matches: Match) -> Pair:
    return Pair(CrossReference(KEY), salesforce, matches=matches)


def test_both_as_the_baseline_is_a_skip() -> None:
    decision = choose(pair(account(), customer()))

    assert decision.kind is DecisionKind.SKIP
    assert not decision.has_writes


def test_a_change_in_salesforce_goes_to_quickbooks() -> None:
    decision = choose(pair(account(Phone="555-1"), customer()))

    assert decision.kind is DecisionKind.UPDATE
    assert decision.merge is not None
    assert decision.merge.to_quickbooks == ("phone",)
    assert decision.merge.to_salesforce == ()


def test_a_change_in_quickbooks_goes_to_salesforce() -> None:
    decision = choose(pair(account(), customer(4, Notes="Pays late")))

    assert decision.merge is not None
    assert decision.merge.to_salesforce == ("notes",)
    assert decision.merge.to_quickbooks == ()


def test_a_change_in_salesforce_needs_no_read_of_quickbooks() -> None:
    decision = choose(Pair(linked(), account(Phone="555-1"), None, is_presumed=True))

    assert decision.kind is DecisionKind.UPDATE
    assert decision.merge is not None
    assert decision.merge.to_quickbooks == ("phone",)


def test_edits_of_different_fields_go_both_ways() -> None:
    decision = choose(pair(account(Phone="555-1"), customer(4, Notes="Pays late")))

    assert decision.merge is not None
    assert decision.merge.to_quickbooks == ("phone",)
    assert decision.merge.to_salesforce == ("notes",)
    assert decision.merge.losses == ()


def test_the_same_edit_on_both_sides_moves_the_baseline_and_writes_nothing() -> None:
    decision = choose(pair(account(Email="a@b.c"), customer(4, PrimaryEmailAddr_Address="a@b.c")))

    assert decision.kind is DecisionKind.SKIP
    assert decision.baseline == baseline(email="a@b.c")


@pytest.mark.parametrize(
    ("name", "ours", "theirs", "winner"),
    [
        ("notes", {"Description": "ours"}, {"Notes": "theirs"}, "ours"),
        ("phone", {"Phone": "1"}, {"PrimaryPhone_FreeFormNumber": "2"}, "2"),
    ],
    ids=["owned by Salesforce", "owned by QuickBooks"],
)
def test_the_owner_of_a_field_wins_and_the_loser_is_named(
    name: str, ours: dict[str, Value], theirs: dict[str, Value], winner: str
) -> None:
    decision = choose(pair(account(**ours), customer(4, theirs)))

    assert decision.merge is not None
    (loss,) = decision.merge.losses
    assert loss.field == name
    assert loss.kept == winner
    assert loss.value in {*ours.values(), *theirs.values()} - {winner}
    assert decision.merge.values[name] == winner


def test_a_manual_field_opens_a_conflict_and_the_other_fields_go_on() -> None:
    decision = choose(pair(account(Tier__c="A", Phone="1"), customer(4, ResaleNum="B")))

    assert decision.kind is DecisionKind.UPDATE
    assert decision.merge is not None
    assert decision.merge.open == ("tier",)
    assert decision.merge.to_quickbooks == ("phone",)


def test_a_manual_conflict_alone_is_a_conflict() -> None:
    decision = choose(pair(account(Tier__c="A"), customer(4, ResaleNum="B")))

    assert (decision.kind, decision.reason) == (DecisionKind.CONFLICT, "field_conflict")
    assert decision.field == "tier"
    assert decision.baseline["tier"] == baseline()["tier"]


def test_an_unlinked_record_without_match_is_created() -> None:
    assert choose(unlinked(account())).kind is DecisionKind.CREATE


def test_one_sure_match_is_adopted() -> None:
    match = Match(customer(Notes="anything"))

    decision = choose(unlinked(account(), match))

    assert (decision.kind, decision.match) == (DecisionKind.ADOPT, match)


@pytest.mark.parametrize("name", ["ACME", " Acme ", "acme"])
def test_names_match_without_case_and_outer_blanks(name: str) -> None:
    decision = choose(unlinked(account(), Match(customer(DisplayName=name))))

    assert decision.kind is DecisionKind.ADOPT


@pytest.mark.parametrize(
    ("matches", "reason"),
    [
        ((Match(customer()), Match(replace(customer(), id="59"))), "several_matches"),
        ((Match(customer(), linked_to="001000000000002AAA"),), "name_linked"),
        ((Match(customer(PrimaryEmailAddr_Address="other@b.c")),), "match_unsure"),
    ],
)
def test_an_unsure_match_asks_a_person(matches: tuple[Match, ...], reason: str) -> None:
    decision = choose(unlinked(account(Email="one@b.c"), *matches))

    assert (decision.kind, decision.reason) == (DecisionKind.CONFLICT, reason)
    assert not decision.has_writes


def test_the_same_number_written_differently_is_no_difference() -> None:
    match = Match(customer(PrimaryPhone_FreeFormNumber="+1 (650) 555-3311"))

    decision = choose(unlinked(account(Phone="650.555.3311"), match))

    assert decision.kind is DecisionKind.ADOPT


def test_inactive_records_of_a_name_do_not_count_beside_an_active_one() -> None:
    active = Match(customer())
    inactive = Match(replace(customer(is_active=False), id="12"))

    decision = choose(unlinked(account(), inactive, active))

    assert decision.match == active


def test_our_external_id_decides_whatever_the_name() -> None:
    match = Match(customer(DisplayName="Renamed"), is_certain=True)

    assert choose(unlinked(account(), match)).match == match


def test_an_unlinked_deleted_record_is_left_alone() -> None:
    gone = replace(account(), is_deleted=True)

    decision = choose(unlinked(gone, Match(customer())))

    assert (decision.kind, decision.reason) == (DecisionKind.SKIP, "deleted_before_link")


def test_a_record_without_name_is_a_conflict_that_says_so() -> None:
    assert choose(unlinked(account(Name=" "))).reason == "name_missing"


def test_a_deleted_account_makes_its_customer_inactive() -> None:
    decision = choose(pair(replace(account(), is_deleted=True), customer()))

    assert (decision.kind, decision.state) == (DecisionKind.DEACTIVATE, PairState.TOMB)
    assert decision.activity is False


def test_the_policy_keep_leaves_the_customer_of_a_deleted_account() -> None:
    mapping = replace(MAPPING, on_delete=DeletePolicy.KEEP)

    decision = decide(pair(None, customer()), mapping, FINGERPRINTER)

    assert (decision.state, decision.has_writes) == (PairState.TOMB, False)


def test_deleted_there_and_edited_here_is_a_conflict_that_keeps_the_row() -> None:
    decision = choose(pair(None, customer(4, Notes="new")))

    assert decision.reason == "edited_but_salesforce_deleted"
    assert decision.keeps_row


@pytest.mark.parametrize(
    ("quickbooks", "reason"),
    [(customer(4, is_active=False), "quickbooks_inactive"), (None, "quickbooks_gone")],
)
def test_a_customer_that_is_inactive_or_gone_leaves_a_tomb(
    quickbooks: Record | None, reason: str
) -> None:
    decision = choose(pair(account(), quickbooks))

    assert (decision.state, decision.reason) == (PairState.TOMB, reason)
    assert not decision.has_writes


@pytest.mark.parametrize("quickbooks", [customer(4, is_active=False), None])
def test_an_edit_of_an_account_whose_customer_is_gone_is_a_conflict(
    quickbooks: Record | None,
) -> None:
    decision = choose(pair(account(Phone="1"), quickbooks))

    assert decision.kind is DecisionKind.CONFLICT
    assert decision.reason.startswith("edited_but_quickbooks")


def test_both_gone_is_a_tomb() -> None:
    assert choose(pair(None, None)).state is PairState.TOMB


def test_an_undeleted_account_makes_its_customer_active_again_with_what_changed() -> None:
    row = linked(state=PairState.TOMB, reason="salesforce_deleted", token=None)

    decision = choose(pair(account(Phone="1"), customer(5, is_active=False), row))

    assert decision.activity is True
    assert decision.state is PairState.LINKED
    assert decision.merge is not None
    assert decision.merge.to_quickbooks == ("phone",)


def test_a_customer_made_active_again_by_a_person_is_merged_with_the_old_baseline() -> None:
    row = linked(state=PairState.TOMB, reason="quickbooks_inactive", token=None)

    decision = choose(pair(account(), customer(6, Notes="back"), row))

    assert decision.state is PairState.LINKED
    assert decision.merge is not None
    assert decision.merge.to_salesforce == ("notes",)


def test_a_customer_made_active_again_while_its_account_is_deleted_is_a_conflict() -> None:
    row = linked(state=PairState.TOMB, reason="salesforce_deleted", token=None)

    assert choose(pair(None, customer(6), row)).reason == "reactivated_but_salesforce_deleted"


def test_a_deactivation_that_landed_unseen_is_undone_when_the_account_is_undeleted() -> None:
    of = fingerprint_for(linked(), FINGERPRINTER)
    intent = Intent("i", AT, token=3, quickbooks={ACTIVE: of(ACTIVE, False)})
    row = linked(intent=intent, token=None)

    decision = choose(pair(account(), customer(4, is_active=False), row))

    assert decision.activity is True


def test_a_pair_merged_away_in_quickbooks_stays_a_conflict() -> None:
    row = linked(state=PairState.CONFLICT, reason="merged_in_quickbooks")

    assert choose(pair(account(Phone="1"), customer(9), row)).reason == "merged_in_quickbooks"


def test_a_pair_merged_away_in_salesforce_is_left_alone() -> None:
    row = linked(state=PairState.TOMB, into="001000000000002AAA")

    decision = choose(pair(None, customer(9, Notes="new"), row))

    assert (decision.kind, decision.has_writes) == (DecisionKind.SKIP, False)


def test_without_its_key_a_row_has_no_baseline_and_differences_are_a_conflict() -> None:
    row = linked(key_id="another")

    decision = choose(pair(account(Phone="1"), customer(), row))

    assert (decision.reason, decision.has_writes) == ("fingerprint_key_missing", False)


def test_without_its_key_equal_records_get_a_new_baseline() -> None:
    decision = choose(pair(account(), customer(), linked(key_id="another")))

    assert (decision.kind, decision.baseline) == (DecisionKind.SKIP, baseline())


def test_a_value_without_canonical_form_names_its_field() -> None:
    with pytest.raises(MappingError) as caught:
        choose(pair(account(Tier__c="longer than sixteen characters"), customer()))

    assert (caught.value.reason, caught.value.field) == ("value_too_long", "tier")


def test_the_same_pair_always_gives_the_same_decision() -> None:
    given = pair(account(Phone="1"), customer(4, PrimaryPhone_FreeFormNumber="2"))

    assert choose(given) == choose(given)
