"""What is decided about documents, and about what they name."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bridge.core.canonical import canonical, quickbooks_fields
from bridge.core.decide import decide, fingerprint_for
from bridge.core.decision import DecisionKind, Match, Pair
from bridge.core.levels import levels
from bridge.core.mapping import EntityMapping, FieldMapping
from bridge.core.references import references, unlinked_form, unlinked_id
from bridge.core.unlinked import decide_new
from bridge.errors import ConfigurationError, MappingError
from bridge.model import CrossReference, Intent, PairState, Record, System
from tests.unit.core.documents import (
    ACCOUNT,
    MAPPING,
    ONE,
    OTHER,
    PRODUCT,
    bill,
    invoice,
    row,
)
from tests.unit.core.records import FINGERPRINTER


def linked(base: Record, **changes: object) -> CrossReference:
    """Return the row of a pair that last agreed on what a record holds."""
    of = fingerprint_for(row(), FINGERPRINTER)
    values = canonical(base, MAPPING).values
    prints = {name: of(name, value) for name, value in values.items()}
    return row(
        state=PairState.LINKED, quickbooks_id="7", baseline=prints, token=3, seen=3, **changes
    )


def decided(salesforce: Record | None, quickbooks: Record | None, base: Record):
    return decide(Pair(linked(base), salesforce, quickbooks), MAPPING, FINGERPRINTER)


# Unlinked


def test_a_document_is_created_whatever_looks_like_it():
    pair = Pair(row(), invoice(ONE), matches=(Match(bill(ONE)),))

    assert decide(pair, MAPPING, FINGERPRINTER).kind is DecisionKind.CREATE


@pytest.mark.parametrize(("missing", "field"), [("Date__c", "date"), ("Account__c", "customer")])
def test_a_document_without_a_required_value_is_refused_with_its_name(missing: str, field: str):
    pair = Pair(row(), invoice(ONE, **{missing: None}))

    with pytest.raises(MappingError) as raised:
        decide(pair, MAPPING, FINGERPRINTER)

    assert (raised.value.reason, raised.value.field) == ("value_missing", field)


@pytest.mark.parametrize(("unlinked", "field"), [(ACCOUNT, "customer"), (PRODUCT, "lines")])
def test_a_document_waits_for_what_it_names(unlinked: str, field: str):
    pair = Pair(row(), invoice(ONE), unlinked=frozenset({unlinked}))

    decision = decide(pair, MAPPING, FINGERPRINTER)

    assert (decision.kind, decision.reason, decision.field) == (
        DecisionKind.DEFER,
        "reference_not_linked",
        field,
    )


@pytest.mark.parametrize(
    "record",
    [
        bill(ONE, CustomerRef_value=unlinked_form("58")),
        bill(ONE, (unlinked_form("4"), "1", "1")),
    ],
)
def test_a_quickbooks_document_waits_for_what_it_names(record: Record):
    decision = decide_new(canonical(record, MAPPING), (), MAPPING)

    assert decision.kind is DecisionKind.DEFER


# Linked


def test_changed_lines_are_put_before_a_person_and_the_other_fields_go_on():
    base = invoice(ONE)

    decision = decided(invoice((PRODUCT, "3", "12.5"), Memo__c="Thanks"), bill(ONE), base)

    assert decision.merge is not None
    assert (decision.merge.open, decision.merge.to_quickbooks) == (("lines",), ("memo",))
    assert decision.field == "lines"


def test_changed_lines_alone_are_a_conflict_until_both_sides_are_equal():
    base = invoice(ONE)
    changed = (PRODUCT, "3", "12.5")

    apart = decided(invoice(ONE), bill(changed), base)
    again = decided(invoice(changed), bill(changed), base)

    assert (apart.kind, apart.reason) == (DecisionKind.CONFLICT, "fixed_after_creation")
    assert (again.kind, again.reason) == (DecisionKind.SKIP, "")
    assert again.baseline != apart.baseline


def test_changed_lines_are_seen_where_quickbooks_is_presumed():
    pair = Pair(linked(invoice(ONE)), invoice((PRODUCT, "3", "12.5")), is_presumed=True)

    decision = decide(pair, MAPPING, FINGERPRINTER)

    assert decision.merge is not None
    assert (decision.merge.open, decision.merge.to_quickbooks) == (("lines",), ())


def test_a_new_customer_that_is_not_linked_defers_a_linked_document_and_keeps_its_row():
    base = invoice(ONE)

    theirs = decided(base, bill(ONE, CustomerRef_value=unlinked_form("58")), base)
    ours = decide(
        Pair(
            linked(base),
            invoice(ONE, Account__c=OTHER),
            bill(ONE),
            unlinked=frozenset({OTHER}),
        ),
        MAPPING,
        FINGERPRINTER,
    )

    for decision in (theirs, ours):
        assert (decision.kind, decision.field) == (DecisionKind.DEFER, "customer")
        assert (decision.keeps_row, decision.state) == (True, PairState.LINKED)


def test_an_unlinked_item_in_changed_lines_does_not_hold_up_the_other_fields():
    base = invoice(ONE)
    theirs = bill((unlinked_form("9"), "2", "12.5"), CustomerMemo_value="Thanks")

    decision = decided(base, theirs, base)

    assert decision.kind is DecisionKind.UPDATE
    assert decision.merge is not None
    assert (decision.merge.open, decision.merge.to_salesforce) == (("lines",), ("memo",))


def test_a_document_deleted_in_salesforce_is_kept_in_quickbooks():
    decision = decided(None, bill(ONE), invoice(ONE))

    assert (decision.kind, decision.state) == (DecisionKind.SKIP, PairState.TOMB)
    assert decision.activity is None


def test_a_deleted_document_that_has_lost_its_lines_is_buried_with_its_open_intent():
    intent = Intent("id", datetime(2026, 11, 22, tzinfo=UTC), token=3, salesforce={"memo": "x"})
    deleted = replace(invoice(), is_deleted=True)

    decision = decide(
        Pair(linked(invoice(ONE), intent=intent), deleted, bill(ONE)), MAPPING, FINGERPRINTER
    )

    assert (decision.kind, decision.state) == (DecisionKind.SKIP, PairState.TOMB)


def test_a_document_deleted_in_quickbooks_is_a_tomb():
    decision = decided(invoice(ONE), None, invoice(ONE))

    assert (decision.state, decision.reason) == (PairState.TOMB, "quickbooks_gone")


def test_a_required_value_that_is_emptied_is_refused():
    with pytest.raises(MappingError):
        decided(invoice(ONE, Date__c=None), bill(ONE), invoice(ONE))


# Values


def test_dates_of_both_systems_are_one_value():
    values = canonical(bill(ONE), MAPPING).values

    assert values["date"] == date(2026, 11, 20)
    assert values == canonical(invoice(ONE), MAPPING).values


def test_what_is_no_date_is_refused():
    with pytest.raises(MappingError, match="value_not_a_date"):
        canonical(invoice(ONE, Date__c="soon"), MAPPING)


def test_a_date_travels_with_the_date_that_quickbooks_would_work_out_anew():
    values = canonical(invoice(ONE, Due_Date__c="2026-12-24"), MAPPING).values

    assert quickbooks_fields(values, ["date"], MAPPING) == {
        "TxnDate": date(2026, 11, 20),
        "DueDate": date(2026, 12, 24),
    }


# References


def test_references_are_found_in_the_root_and_once_in_its_lines():
    values = canonical(invoice(ONE, (OTHER, "1", "1"), ONE), MAPPING).values

    found = [(each.field, each.entity, each.value) for each in references(values, MAPPING)]

    assert found == [
        ("customer", "customer", ACCOUNT),
        ("lines", "item", PRODUCT),
        ("lines", "item", OTHER),
    ]
    assert not list(references(values, MAPPING, ["date", "memo"]))


def test_the_form_of_an_unlinked_record_is_no_salesforce_id():
    assert unlinked_id(unlinked_form("58")) == "58"
    assert unlinked_id(ACCOUNT) is None
    assert unlinked_id(None) is None


# The order of work


def naming(entity: str, *others: str) -> EntityMapping:
    fields = tuple(
        FieldMapping(other, other, other, (other,), "reference", reference=other)
        for other in others
    )
    return EntityMapping(entity, entity, entity, "", fields)


def test_what_is_named_comes_before_what_names_it():
    mappings = [naming("c", "b", "a"), naming("b", "a"), naming("a"), naming("d")]

    assert levels({each.entity: each for each in mappings}) == (("a", "d"), ("b",), ("c",))


def test_lines_name_what_they_name():
    assert MAPPING.depends_on == {"customer", "item"}


def test_records_may_name_others_of_their_own_kind():
    mappings = [naming("b", "a"), naming("a", "a")]

    assert levels({each.entity: each for each in mappings}) == (("a",), ("b",))


def test_a_circle_is_a_wrong_configuration():
    mappings = [naming("a", "b"), naming("b", "c"), naming("c", "a")]

    with pytest.raises(ConfigurationError, match="circle"):
        levels({each.entity: each for each in mappings})


def test_a_name_without_a_mapping_is_a_wrong_configuration():
    with pytest.raises(ConfigurationError, match="no mapping of b"):
        levels({"a": naming("a", "b")})


def test_a_shape_asks_for_all_lines_by_how_they_hang():
    (lines,) = MAPPING.shape(System.SALESFORCE).parts

    assert (lines.object, lines.relationship, lines.parent) == (
        "Invoice_Line__c",
        "Invoice_Lines__r",
        "Invoice__c",
    )
    assert lines.fields[:2] == ("Line_Number__c", "Product__c")
    assert "Line" not in MAPPING.shape(System.QUICKBOOKS).fields
