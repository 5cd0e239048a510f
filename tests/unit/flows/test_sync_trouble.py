"""What is nobody's fault is put back, what cannot be named comes again alone, nothing is lost."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bridge.errors import ConnectionLostError
from bridge.flows.ports import CrossReferences
from bridge.model import (
    AccessToken,
    ChangeEvent,
    CrossReference,
    Lane,
    Message,
    OutcomeStatus,
    Pointer,
    System,
)
from tests.fakes import MemoryCrossReferences
from tests.rig import QB, REALM, SF, Rig

THROTTLED_XML = (
    '<IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="THROTTLED">'
    '<Error code="3001"><Message>message=ThrottleExceeded</Message></Error></Fault>'
    "</IntuitResponse>"
)
HTML = "<html><body>Service Unavailable</body></html>"
READS_THAT_FAIL = [
    (QB, {"kind": "query"}, {"status": 429}),
    (QB, {"kind": "query"}, {"status": 429, "body": THROTTLED_XML}),
    (QB, {"kind": "query"}, {"status": 503, "body": HTML}),
    (QB, {"kind": "query"}, {"status": 200, "body": HTML}),
    (QB, {"kind": "query"}, {"drop": "before"}),
    (SF, {"kind": "query"}, {"status": 503, "body": HTML}),
    (SF, {"kind": "query"}, {"code": "REQUEST_LIMIT_EXCEEDED"}),
    (SF, {"kind": "query"}, {"code": "SERVER_UNAVAILABLE"}),
    (SF, {"kind": "query"}, {"status": 200, "body": "{ cut off"}),
    (SF, {"kind": "query"}, {"drop": "after"}),
]
WRITES_THAT_WERE_NOT_MADE = [
    ({"kind": "batch"}, {"status": 429}),
    ({"kind": "batch"}, {"status": 429, "body": THROTTLED_XML}),
    ({"kind": "batch_item:update"}, {"code": "3001"}),
]


def edit_both(rig: Rig) -> tuple[str, str, list[ChangeEvent]]:
    account, customer = rig.linked("Acme")
    theirs = rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"})
    return account, customer, [rig.edit_account(account, Phone="555-0177"), theirs]


@pytest.mark.parametrize(("system", "match", "effect"), READS_THAT_FAIL)
def test_read_that_fails_puts_the_changes_back_and_they_arrive_later(system, match, effect):
    rig = Rig()
    account, customer, events = edit_both(rig)
    rig.plant(system, match, **effect)

    outcomes = rig.sync_quietly(*events)

    assert {outcome.status for outcome in outcomes} == {OutcomeStatus.WAITING}
    assert len(rig.queue.sent) == 2
    assert rig.pair(account).owner is None
    rig.go_round()
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert rig.account(account)["Fax"] == "555-0199"
    rig.assert_agreed(account)


@pytest.mark.parametrize(("match", "effect"), WRITES_THAT_WERE_NOT_MADE)
def test_write_that_was_certainly_not_made_gives_its_claim_back(match, effect):
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.plant(QB, match, **effect)

    (outcome,) = rig.sync_quietly(rig.edit_account(account, Phone="555-0177"))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "rate_limited")
    assert (rig.pair(account).owner, rig.pair(account).intent) == (None, None)
    assert rig.queue.sent[0].delay_s == 60
    rig.go_round()
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    rig.assert_agreed(account)


def test_create_that_was_certainly_not_made_gives_its_claim_back():
    rig = Rig()
    account = rig.new_account("Acme")
    rig.plant(QB, {"kind": "batch"}, status=429)

    rig.sync(rig.account_changed(account))

    assert (rig.pair(account).owner, rig.pair(account).intent) == (None, None)
    rig.go_round()
    assert len(rig.customers()) == 1
    rig.assert_agreed(account)


def test_budget_that_is_used_up_puts_changes_back():
    rig = Rig()
    account, _, events = edit_both(rig)
    rig.pace.is_used_up = True

    outcomes = rig.sync_quietly(*events)

    assert {(each.status, each.reason) for each in outcomes} == {
        (OutcomeStatus.WAITING, "own_budget")
    }
    assert {sent.delay_s for sent in rig.queue.sent} == {20}
    assert rig.calls(QB) == {}
    rig.pace.is_used_up = False
    rig.go_round()
    rig.assert_agreed(account)


def test_change_that_is_put_back_keeps_its_first_time_and_counts_its_tries():
    rig = Rig()
    _, _, (_, theirs) = edit_both(rig)
    rig.plant(QB, {"kind": "query"}, times=3, status=503)

    for _ in range(3):
        event = rig.queue.sent.pop().change if rig.queue.sent else theirs
        rig.sync_quietly(event)

    (back,) = rig.queue.sent
    assert back.change == replace(theirs, attempt=3)
    assert back.lane is Lane.LIVE


def test_change_goes_back_on_the_lane_it_came_from():
    rig = Rig()
    _, _, (_, theirs) = edit_both(rig)
    rig.plant(QB, {"kind": "query"}, status=503)

    rig.deliver([Message("m", theirs, lane=Lane.BULK)])

    assert [sent.lane for sent in rig.queue.sent] == [Lane.BULK]


@pytest.mark.parametrize("attempt", [0, 1, 5, 20, 1000])
def test_delay_grows_to_a_quarter_of_an_hour_and_no_further(attempt):
    rig = Rig()
    _, _, (_, theirs) = edit_both(rig)
    rig.plant(QB, {"kind": "query"}, status=503)

    rig.sync(replace(theirs, attempt=attempt))

    longest = min(15 * 2 ** min(attempt, 10), 900)
    assert longest / 2 <= rig.queue.sent[0].delay_s <= longest


def test_claimed_pair_is_looked_at_again_after_ten_to_twenty_seconds():
    rig = Rig()
    account, _ = rig.linked("Acme")
    event = rig.edit_account(account, Phone="555-0177")
    rig.meanwhile(QB, "/batch$", lambda: rig.sync(event))

    rig.sync_quietly(event)

    assert [10 <= sent.delay_s <= 20 for sent in rig.queue.sent] == [True]


@dataclass
class LostTokens:
    """Tokens of a connection that is gone."""

    token: AccessToken = field(
        default_factory=lambda: AccessToken("gone", "https://salesforce.test")
    )

    def current(self) -> AccessToken:
        """Raise: a person must connect again."""
        raise ConnectionLostError("grant_revoked")

    def renew(self, rejected: AccessToken) -> AccessToken:
        """Raise: a person must connect again."""
        raise ConnectionLostError("grant_revoked")


@pytest.mark.parametrize(("system", "name"), [(QB, REALM), (SF, "organisation")])
def test_lost_connection_is_paused_and_told_once_and_its_changes_are_put_back(
    system: System, name: str
):
    rig = Rig()
    _, _, events = edit_both(rig)
    rig.tokens[system] = LostTokens()
    name = rig.organisation if name == "organisation" else name

    first = rig.sync_quietly(*events)
    calls = rig.calls(system)
    second = rig.sync_quietly(*events)

    assert {outcome.status for outcome in (*first, *second)} == {OutcomeStatus.WAITING}
    assert {outcome.reason for outcome in second} == {"grant_revoked"}
    assert rig.connections.reasons == {name: "grant_revoked"}
    assert rig.counted["ConnectionsLost"] == 1
    errors = [line for line in rig.logged if line["level"] == "ERROR"]
    assert [line["message"] for line in errors] == ["connection lost"]
    assert len(rig.queue.sent) == 4
    assert rig.calls(system) == calls == {}


def test_changes_of_a_paused_realm_arrive_after_it_is_connected_again():
    rig = Rig()
    account, customer, events = edit_both(rig)
    rig.connections.pause(REALM, "grant_revoked", rig.clock.now())
    rig.sync_quietly(*events)
    rig.sync_quietly(*events)

    rig.connections.resume(REALM)
    rig.go_round()

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    rig.assert_agreed(account)


def test_message_whose_change_cannot_be_put_back_is_not_acknowledged():
    rig = Rig()
    account, other = rig.new_account("Acme"), rig.linked("Other")[0]
    rig.plant(QB, {"kind": "query"}, status=503)
    rig.queue.is_down = True
    waiting = rig.account_changed(account)
    done = rig.edit_account(other, Phone="555-0177")
    messages = rig.messages(waiting, done)

    acknowledged = rig.deliver(messages)

    assert acknowledged == [messages[1].id]


def test_run_that_is_out_of_time_puts_back_what_it_has_not_begun():
    rig = Rig()
    account, _, events = edit_both(rig)
    other = rig.new_account("Other")

    rig.clock.advance(5)
    outcomes = rig.sync(*events, rig.account_changed(other), remaining_s=20.0)

    assert {outcome.reason for outcome in outcomes} == {"out_of_time"}
    assert rig.writes() == 0
    assert rig.pair(account).owner is None
    rig.go_round()
    rig.assert_agreed(account, other)


@dataclass
class Poisoned(MemoryCrossReferences):
    """Rows of which one kills whoever touches it."""

    victim: str = ""

    def commit(self, row: CrossReference | Pointer, now: datetime) -> bool:
        """Raise for one record."""
        if isinstance(row, CrossReference) and row.key.salesforce_id == self.victim:
            raise RuntimeError("poison")
        return super().commit(row, now)


def fits_the_port(rows: Poisoned) -> CrossReferences:
    """Let the type checker say that the poisoned rows are still rows."""
    return rows


def test_poison_fails_its_batch_then_comes_alone_and_leaves_the_others():
    rows = Poisoned()
    rig = Rig(rows=rows)
    accounts = [rig.new_account(f"Acme {n}") for n in range(4)]
    rows.victim = accounts[1]
    events = [rig.account_changed(each) for each in accounts]

    assert rig.deliver(rig.messages(*events)) == []
    rig.clock.advance(360)
    again = rig.messages(*events, receive_count=2)
    acknowledged = rig.deliver(again)

    assert acknowledged == [each.id for n, each in enumerate(again) if n != 1]
    assert rig.counted["BatchesFailed"] == 2
    assert sorted(row["DisplayName"] for row in rig.customers()) == ["Acme 0", "Acme 2", "Acme 3"]
    reasons = {line["reason"] for line in rig.logged if line["level"] == "ERROR"}
    assert all(reason.startswith("RuntimeError ") for reason in reasons)


def test_second_receive_is_handled_alone_after_the_rest_is_recorded():
    rig = Rig()
    first, again = rig.new_account("First"), rig.new_account("Again")
    states = []
    rig.meanwhile(QB, "/batch$", lambda: states.append(rig.pair(first).quickbooks_id), skip=1)
    messages = [
        *rig.messages(rig.account_changed(again), receive_count=2),
        *rig.messages(rig.account_changed(first)),
    ]

    acknowledged = rig.deliver(messages)

    assert sorted(acknowledged) == sorted(message.id for message in messages)
    assert states == ["1"]
    assert rig.pair(again).quickbooks_id == "2"


def test_second_receive_goes_round_unbegun_when_time_is_short():
    rig = Rig()
    first, again = rig.new_account("First"), rig.new_account("Again")
    messages = [
        *rig.messages(rig.account_changed(first)),
        *rig.messages(rig.account_changed(again), receive_count=2),
    ]

    acknowledged = rig.deliver(messages, remaining_s=28.0)

    assert sorted(acknowledged) == sorted(message.id for message in messages)
    assert rig.pair(again).revision == 0
    assert again in [sent.change.record_id for sent in rig.queue.sent]
    rig.go_round()
    rig.assert_agreed(first, again)


def test_message_that_cannot_be_read_is_never_acknowledged():
    rig = Rig()
    account = rig.new_account("Acme")
    unreadable = Message("unreadable", None)
    (good,) = rig.messages(rig.account_changed(account))

    assert rig.deliver([unreadable, good]) == [good.id]
    assert rig.deliver([replace(unreadable, receive_count=2)]) == []


@pytest.mark.parametrize(
    "event",
    [
        lambda rig: rig.customer_changed("1", realm="999"),
        lambda rig: replace(rig.customer_changed("1"), object="Bill"),
        lambda rig: rig.account_changed("00Q000000000001AAA", name="Lead"),
        lambda rig: replace(rig.account_changed("001000000000001AAA"), scope="00D000000000001AAA"),
    ],
)
def test_event_that_leads_nowhere_is_acknowledged_without_a_call(event):
    rig = Rig()

    outcomes = rig.sync(event(rig))

    assert [(each.status, each.reason) for each in outcomes] == [
        (OutcomeStatus.SKIPPED, "not_mapped")
    ]
    assert rig.calls(QB) == rig.calls(SF) == {}


def test_contact_without_an_account_is_acknowledged():
    rig = Rig()
    contact = rig.in_salesforce("create", "Contact", fields={"LastName": "Byron"})

    outcomes = rig.sync(rig.account_changed(contact, name="Contact"))

    assert [outcome.reason for outcome in outcomes] == ["not_mapped"]


def test_contact_event_waits_while_salesforce_does_not_answer():
    rig = Rig()
    account, customer = rig.linked("Acme", contact={"LastName": "Byron"})
    event = rig.edit_contact(account, LastName="Lovelace")
    rig.plant(SF, {"kind": "query"}, status=503)

    rig.sync_quietly(event)
    rig.go_round()

    assert rig.customer(customer)["FamilyName"] == "Lovelace"


def test_age_of_a_change_that_keeps_going_round_is_measured():
    rig = Rig()
    _, _, (_, theirs) = edit_both(rig)
    rig.connections.pause(REALM, "grant_revoked", rig.clock.now())
    rig.clock.advance(timedelta(hours=5).total_seconds())

    rig.sync(theirs)

    assert rig.counted["PutBackAgeHours"] == 5


def test_status_that_could_not_be_shown_is_shown_later():
    rig = Rig()
    account = rig.new_account("Acme")
    rig.plant(SF, {"kind": "composite"}, drop="before")

    (outcome,) = rig.sync(rig.account_changed(account))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "status_not_shown")
    rig.go_round()

    assert rig.account(account)["QuickBooks_Id__c"] == "1:customer:1"
    rig.assert_agreed(account)
