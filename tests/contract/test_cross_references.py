"""What every store of cross-references keeps to: the fake, and the table."""

import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import ConfigurationError, UnavailableError
from bridge.flows.ports import CrossReferences
from bridge.model import (
    CrossReference,
    Intent,
    LinePair,
    LinkFate,
    PairKey,
    PairState,
    Pointer,
    PointerKey,
    System,
)
from bridge.store.cross_references import CrossReferenceTable
from bridge.store.rows import item_of, pair_of, pointer_of
from tests.fakes import FakeClock, MemoryCrossReferences
from tests.moto_aws import aws, client, create_table, item_bytes

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=180)
PAIR = PairKey("310687", "customer", "0015f00002J9YYEAA3")
OTHER_PAIR = PairKey("310687", "customer", "0015f00002J9YYFAA3")
POINTER = PointerKey("310687", "customer", "58")
INTENT = Intent("i-1", NOW, token=3, quickbooks={"name": "AAAAAAAAAAA"})


@pytest.fixture(params=["fake", "table"])
def rows(request: pytest.FixtureRequest) -> Iterator[CrossReferences]:
    if request.param == "fake":
        yield MemoryCrossReferences()
        return
    with aws():
        clock = FakeClock(NOW)
        table = create_table("cross-references")
        yield CrossReferenceTable(client("dynamodb"), table, clock.now, clock.wait)


def pair_in(rows: CrossReferences, key: PairKey = PAIR) -> CrossReference:
    return rows.read_pairs([key])[key]


def pointer_in(rows: CrossReferences) -> Pointer:
    return rows.read_pointers([POINTER])[POINTER]


def claim(row: Any, worker: str = "w1") -> Any:
    return replace(row, owner=worker, until=LATER, intent=INTENT)


def committed(rows: CrossReferences, row: Any) -> Any:
    assert rows.commit(row, NOW)
    return replace(row, revision=row.revision + 1)


def released(row: Any, **changes: Any) -> Any:
    return replace(row, owner=None, until=None, intent=None, **changes)


def linked(row: CrossReference) -> CrossReference:
    return released(row, state=PairState.LINKED, quickbooks_id="58", baseline={"name": "x"})


def test_row_that_does_not_exist_is_read_at_revision_0(rows: CrossReferences) -> None:
    assert pair_in(rows) == CrossReference(PAIR)
    assert pointer_in(rows) == Pointer(POINTER)


def test_committed_row_is_read_back_whole_at_the_next_revision(rows: CrossReferences) -> None:
    row = CrossReference(
        PAIR,
        state=PairState.LINKED,
        quickbooks_id="58",
        baseline={"name": "AAAAAAAAAAA", "email": "not a fingerprint"},
        token=3,
        seen=4,
        owner="w1",
        until=LATER,
        intent=replace(INTENT, lost=(("name", "AQIDBAUGBwg"),), salesforce={"email": "-"}),
        generation=2,
        subject="310687:customer:58",
        key_id="0a1b2c3d",
        into="0015f00002J9YYFAA3",
        reason="name_taken",
    )

    assert rows.commit(row, NOW)

    assert pair_in(rows) == replace(row, revision=1)


def test_empty_baseline_and_empty_create_intent_are_not_the_same_as_none(
    rows: CrossReferences,
) -> None:
    row = CrossReference(PAIR, baseline={}, intent=Intent("i", NOW, create={}))

    rows.commit(row, NOW)

    assert pair_in(rows).baseline == {}
    assert pair_in(rows).intent == Intent("i", NOW, create={})


def test_pointer_is_read_back_whole(rows: CrossReferences) -> None:
    claim = Pointer(POINTER, owner="w1", until=LATER, intent=INTENT, seen=7)
    row = replace(claim, is_gone=True, was="001A", into="9")

    assert rows.commit(row, NOW)

    assert pointer_in(rows) == replace(row, revision=1)


def test_decision_on_an_old_revision_is_refused(rows: CrossReferences) -> None:
    first = pair_in(rows)
    committed(rows, first)

    assert not rows.commit(replace(first, seen=9), NOW)
    assert pair_in(rows).seen is None


def test_decision_on_a_row_that_somebody_has_decided_since_is_refused(
    rows: CrossReferences,
) -> None:
    read = committed(rows, pair_in(rows))
    committed(rows, replace(read, seen=1))

    assert not rows.commit(replace(read, seen=9), NOW)
    assert pair_in(rows).seen == 1


def test_decision_to_do_nothing_is_a_write_too(rows: CrossReferences) -> None:
    once = committed(rows, pair_in(rows))
    again = committed(rows, once)

    assert pair_in(rows) == again
    assert again.revision == 2


def test_row_with_a_living_claim_is_refused_to_everybody_else(rows: CrossReferences) -> None:
    row = committed(rows, claim(pair_in(rows)))

    assert not rows.commit(claim(row, "w2"), NOW)
    assert pair_in(rows).owner == "w1"


def test_claim_that_has_expired_stands_in_nobodys_way(rows: CrossReferences) -> None:
    row = committed(rows, claim(pair_in(rows)))

    assert not rows.commit(claim(row, "w2"), LATER - timedelta(milliseconds=1))
    assert rows.commit(claim(row, "w2"), LATER)


def test_repeat_of_a_commit_that_had_succeeded_counts_as_success(rows: CrossReferences) -> None:
    row = claim(pair_in(rows))
    rows.commit(row, NOW)

    assert rows.commit(row, NOW)
    assert pair_in(rows).revision == 1


def test_commit_of_the_same_worker_with_another_intent_is_no_repeat(rows: CrossReferences) -> None:
    row = claim(pair_in(rows))
    rows.commit(row, NOW)

    assert not rows.commit(replace(row, intent=replace(INTENT, id="i-2")), NOW)


def test_holder_of_the_claim_records_and_releases(rows: CrossReferences) -> None:
    row = committed(rows, claim(pair_in(rows)))

    assert rows.record(linked(row), "w1")

    assert pair_in(rows) == replace(linked(row), revision=2)


def test_record_without_the_claim_is_refused(rows: CrossReferences) -> None:
    row = committed(rows, claim(pair_in(rows)))

    assert not rows.record(released(row), "w2")
    assert not rows.record(released(CrossReference(OTHER_PAIR)), "w1")
    assert pair_in(rows) == row


def test_claim_lost_to_another_worker_cannot_be_recorded(rows: CrossReferences) -> None:
    mine = committed(rows, claim(pair_in(rows)))
    assert rows.commit(claim(mine, "w2"), LATER)

    assert not rows.record(released(mine), "w1")
    assert pair_in(rows).owner == "w2"


def test_linking_stores_pair_and_new_pointer_together(rows: CrossReferences) -> None:
    pair = committed(rows, claim(pair_in(rows)))
    pointer = replace(pointer_in(rows), salesforce_id=PAIR.salesforce_id)

    assert rows.link(linked(pair), pointer, "w1", NOW) is LinkFate.LINKED

    assert pair_in(rows) == replace(linked(pair), revision=2)
    assert pointer_in(rows) == replace(pointer, revision=1)


def test_adoption_links_a_free_pair_without_a_claim(rows: CrossReferences) -> None:
    pointer = replace(pointer_in(rows), salesforce_id=PAIR.salesforce_id)

    assert rows.link(linked(pair_in(rows)), pointer, None, NOW) is LinkFate.LINKED


def test_record_born_in_quickbooks_is_linked_by_the_claim_on_its_pointer(
    rows: CrossReferences,
) -> None:
    pointer = committed(rows, claim(pointer_in(rows)))
    done = released(pointer, salesforce_id=PAIR.salesforce_id)

    assert rows.link(linked(pair_in(rows)), done, "w1", NOW) is LinkFate.LINKED
    assert pointer_in(rows).owner is None


def test_pointer_that_somebody_has_looked_at_is_seen(rows: CrossReferences) -> None:
    pair = committed(rows, claim(pair_in(rows)))
    unseen = pointer_in(rows)
    committed(rows, unseen)

    fate = rows.link(linked(pair), replace(unseen, salesforce_id="x"), "w1", NOW)

    assert fate is LinkFate.SEEN
    assert pair_in(rows) == pair


def test_pointer_that_was_looked_at_once_more_is_seen_again(rows: CrossReferences) -> None:
    pair = committed(rows, claim(pair_in(rows)))
    seen = committed(rows, pointer_in(rows))
    committed(rows, seen)

    fate = rows.link(linked(pair), replace(seen, salesforce_id="x"), "w1", NOW)

    assert fate is LinkFate.SEEN


def test_seen_pointer_is_linked_at_its_revision(rows: CrossReferences) -> None:
    pair = committed(rows, claim(pair_in(rows)))
    seen = committed(rows, pointer_in(rows))
    pointer = replace(seen, salesforce_id=PAIR.salesforce_id)

    assert rows.link(linked(pair), pointer, "w1", NOW) is LinkFate.LINKED


def test_pointer_that_another_worker_claims_is_not_linked_over(rows: CrossReferences) -> None:
    pair = committed(rows, claim(pair_in(rows)))
    pointer = committed(rows, claim(pointer_in(rows), "w2"))

    fate = rows.link(linked(pair), replace(pointer, salesforce_id="x"), "w1", NOW)

    assert fate is LinkFate.SEEN
    assert pointer_in(rows) == pointer


def test_pointer_of_another_pair_is_taken(rows: CrossReferences) -> None:
    unseen = pointer_in(rows)
    other = replace(unseen, salesforce_id=OTHER_PAIR.salesforce_id)
    rows.link(linked(CrossReference(OTHER_PAIR)), other, None, NOW)
    pair = committed(rows, claim(pair_in(rows)))
    mine = replace(unseen, salesforce_id=PAIR.salesforce_id)

    assert rows.link(linked(pair), mine, "w1", NOW) is LinkFate.TAKEN
    assert pointer_in(rows).salesforce_id == OTHER_PAIR.salesforce_id


def test_linking_without_the_claim_is_refused_and_changes_nothing(rows: CrossReferences) -> None:
    pair = committed(rows, claim(pair_in(rows)))
    pointer = replace(pointer_in(rows), salesforce_id=PAIR.salesforce_id)

    assert rows.link(linked(pair), pointer, "w2", NOW) is LinkFate.REFUSED
    assert rows.link(linked(pair), pointer, None, NOW) is LinkFate.REFUSED
    assert pair_in(rows) == pair
    assert pointer_in(rows) == Pointer(POINTER)


def test_linking_after_the_claim_was_lost_is_refused_though_the_row_is_free_again(
    rows: CrossReferences,
) -> None:
    mine = committed(rows, claim(pair_in(rows)))
    assert rows.commit(claim(mine, "w2"), LATER)
    assert rows.record(released(replace(mine, revision=2)), "w2")
    pointer = replace(pointer_in(rows), salesforce_id=PAIR.salesforce_id)

    assert rows.link(linked(mine), pointer, "w1", LATER) is LinkFate.REFUSED


@pytest.mark.parametrize("revisions", [0, 1])
def test_adoption_of_a_pair_that_has_moved_is_refused(
    rows: CrossReferences, revisions: int
) -> None:
    stale = pair_in(rows)
    for _ in range(revisions):
        stale = committed(rows, stale)
    committed(rows, stale)
    pointer = replace(pointer_in(rows), salesforce_id=PAIR.salesforce_id)

    assert rows.link(linked(stale), pointer, None, NOW) is LinkFate.REFUSED


def test_hundreds_of_rows_and_repeated_keys_are_read_in_one_go(rows: CrossReferences) -> None:
    keys = [PairKey("310687", "customer", f"{number:018}") for number in range(250)]
    for key in keys[::50]:
        committed(rows, CrossReference(key))

    read = rows.read_pairs([*keys, keys[0]])

    assert list(read) == keys
    assert [row.key for row in read.values() if row.revision] == keys[::50]


def test_one_realm_never_reads_anothers_rows(rows: CrossReferences) -> None:
    committed(rows, pair_in(rows))

    assert pair_in(rows, replace(PAIR, realm="310688")).revision == 0


# What only the table has: sizes, expiry, and the troubles of a network.


FINGERPRINTS = st.text(string.ascii_letters + string.digits + "-_=", max_size=12)


@given(st.dictionaries(st.text(min_size=1, max_size=8), FINGERPRINTS, max_size=6))
def test_any_fingerprint_text_survives_its_compact_form(fingerprints: dict[str, str]) -> None:
    row = CrossReference(PAIR, baseline=fingerprints)

    assert pair_of(PAIR, item_of(row, NOW)).baseline == fingerprints


def test_row_of_25_fields_with_an_open_intent_costs_one_write_unit() -> None:
    names = [f"shipping_field_{number:02}" for number in range(25)]
    row = CrossReference(
        PAIR,
        revision=41,
        state=PairState.LINKED,
        quickbooks_id="4711",
        baseline=dict.fromkeys(names, "AQIDBAUGBwg"),
        token=12,
        seen=12,
        owner="0123456789abcdef0123456789abcdef",
        until=LATER,
        intent=Intent("i" * 32, NOW, token=12, quickbooks=dict.fromkeys(names[:5], "AQIDBAUGBwg")),
        subject=PAIR.salesforce_id,
        key_id="0a1b2c3d",
    )

    assert item_bytes(item_of(row, NOW)) < 1024


LINES = (
    LinePair("a0D30000001n7PiEAI", "1", "AQIDBAUGBwg", has_more=True),
    LinePair("a0D30000001n7PjEAI", "DiscountLineDetail 1", "AQIDBAUGBwh"),
)
PLANNED = (
    LinePair("", "3", "AQIDBAUGBwg", System.SALESFORCE),
    LinePair("a0D30000001n7PkEAI", "", "AQIDBAUGBwg", System.QUICKBOOKS),
    LinePair("a0D30000001n7PlEAI", "4", "", System.QUICKBOOKS, has_more=True),
)


def test_pairs_of_lines_are_kept_with_their_row_and_with_its_intent(rows: CrossReferences) -> None:
    row = CrossReference(PAIR, lines=LINES, intent=replace(INTENT, lines=PLANNED))

    assert rows.commit(row, NOW)

    stored = pair_in(rows)
    assert stored.lines == LINES
    assert stored.intent is not None
    assert stored.intent.lines == PLANNED


def test_the_longest_document_with_an_open_intent_takes_a_fifth_of_an_item() -> None:
    pairs = tuple(
        LinePair(f"a0D30000001{number:04}EAI", str(number), "AQIDBAUGBwg", System.QUICKBOOKS)
        for number in range(750)
    )
    row = CrossReference(PAIR, lines=pairs, intent=replace(INTENT, lines=pairs))

    assert item_bytes(item_of(row, NOW)) < 80_000


@pytest.mark.parametrize(
    ("row", "is_passing"),
    [
        (CrossReference(PAIR), True),
        (CrossReference(PAIR, quickbooks_id="58"), False),
        (CrossReference(PAIR, intent=INTENT), False),
        (CrossReference(PAIR, state=PairState.TOMB), False),
        (Pointer(POINTER, is_gone=True), True),
        (Pointer(POINTER, salesforce_id="x"), False),
        (Pointer(POINTER, intent=INTENT), False),
    ],
)
def test_only_rows_without_link_and_intent_expire_after_a_week(row: Any, is_passing: bool) -> None:
    expiry = item_of(row, NOW).get("ttl")

    week_later = str(int((NOW + timedelta(days=7)).timestamp()))
    assert expiry == ({"N": week_later} if is_passing else None)


def test_claim_of_a_fraction_of_a_millisecond_is_never_cut_short() -> None:
    row = Pointer(POINTER, until=NOW + timedelta(microseconds=1))

    stored = pointer_of(POINTER, item_of(row, NOW))

    assert not stored.is_free(NOW)


def test_row_of_a_schema_from_the_future_is_not_read() -> None:
    item = item_of(CrossReference(PAIR), NOW) | {"v": {"N": "2"}}

    with pytest.raises(ConfigurationError, match="row_schema_unknown"):
        pair_of(PAIR, item)


@dataclass
class Scripted:
    """A DynamoDB client that answers from a script: an exception is raised, else returned."""

    script: list[Any]
    calls: int = 0

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls += 1
            answer = self.script.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def table_with(*script: Any) -> tuple[CrossReferenceTable, FakeClock]:
    clock = FakeClock(NOW)
    return CrossReferenceTable(Scripted(list(script)), "t", clock.now, clock.wait), clock


def refusal(code: str, **members: Any) -> ClientError:
    error = {"Error": {"Code": code, "Message": "quotes 0015f00002J9YYEAA3"}, **members}
    return ClientError(error, "Operation")  # type: ignore[arg-type]


def test_keys_left_unprocessed_are_asked_for_again() -> None:
    item = item_of(CrossReference(PAIR), NOW)
    left = {"t": {"Keys": [{"pk": item["pk"]}], "ConsistentRead": True}}
    table, clock = table_with(
        {"Responses": {"t": []}, "UnprocessedKeys": left},
        {"Responses": {"t": [item]}, "UnprocessedKeys": {}},
    )

    assert pair_in(table).revision == 1
    assert clock.waits


def test_keys_unprocessed_for_ever_are_trouble_of_the_store() -> None:
    left = {"t": {"Keys": [{"pk": {"S": "x"}}]}}
    table, _ = table_with(*[{"Responses": {}, "UnprocessedKeys": left}] * 9)

    with pytest.raises(UnavailableError):
        pair_in(table)


@pytest.mark.parametrize(
    "trouble",
    [
        refusal("ProvisionedThroughputExceededException"),
        refusal("InternalServerError"),
        refusal("TransactionConflictException"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
    ],
)
def test_throttling_and_network_trouble_ask_to_try_later_and_quote_nothing(
    trouble: Exception,
) -> None:
    table, _ = table_with(trouble)

    with pytest.raises(UnavailableError) as raised:
        table.commit(CrossReference(PAIR), NOW)

    assert "0015f00002J9YYEAA3" not in f"{raised.value!s} {raised.value.__cause__}"


def test_table_that_may_not_be_read_is_a_matter_of_settings() -> None:
    table, _ = table_with(refusal("AccessDeniedException"))

    with pytest.raises(ConfigurationError, match="aws_access_misconfigured"):
        pair_in(table)


def test_link_that_meets_another_transaction_is_tried_again() -> None:
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
    table, clock = table_with(
        refusal("TransactionCanceledException", CancellationReasons=reasons), {}
    )

    assert table.link(CrossReference(PAIR), Pointer(POINTER), None, NOW) is LinkFate.LINKED
    assert clock.waits


def test_link_that_is_always_in_the_way_of_another_is_trouble_of_the_store() -> None:
    reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
    error = refusal("TransactionCanceledException", CancellationReasons=reasons)
    table, _ = table_with(*[error] * 9)

    with pytest.raises(UnavailableError, match="row_locked"):
        table.link(CrossReference(PAIR), Pointer(POINTER), None, NOW)
