"""Renewing tokens: what is due, what is stored before it is used, and what ends a connection."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bridge.errors import (
    BridgeError,
    ConfigurationError,
    ConnectionLostError,
    PermanentError,
    UnavailableError,
)
from bridge.flows.connection import LEASE_LIFE_S, RefreshTokens
from bridge.store.tokens import digest_of
from tests.fakes import FakeClock, MemoryConnections, MemoryLeases
from tests.observed import Observed, observed

ORG = "00D5f000005KcCnEAK"
LOST = ConnectionLostError("grant_revoked")
NO_REPLY = UnavailableError("no_answer", is_unknown=True)
NEVER_SENT = UnavailableError("connection_failed")


@dataclass(frozen=True)
class Grant:
    """Tokens as Intuit hands them out."""

    access_token: str
    refresh_token: str
    expires_in_s: int = 3600
    refresh_expires_in_s: int = 8_640_000
    hard_expires_in_s: int | None = None


@dataclass(frozen=True)
class Session:
    """A session as Salesforce hands it out."""

    access_token: str = "00D!1"
    instance_url: str = "https://acme.my.salesforce.com"
    org_id: str = ORG


@dataclass
class Intuit:
    """Rotates the refresh token with each renewal; `script` makes single calls fail.

    With `loses_reply` a renewal takes effect and its answer is lost.
    """

    valid: str = "rt-0"
    script: list[BridgeError] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    rotates: bool = True
    loses_reply: bool = False
    tells_hard_end: bool = True

    def refresh(self, refresh_token: str) -> Grant:
        self.calls.append(refresh_token)
        if self.script:
            raise self.script.pop(0)
        if refresh_token != self.valid:
            raise LOST
        number = len(self.calls)
        if self.rotates:
            self.valid = f"rt-{number}"
        if self.loses_reply:
            self.loses_reply = False
            raise NO_REPLY
        hard_expires_in_s = 157_680_000 if self.tells_hard_end else None
        return Grant(f"at-{number}", self.valid, hard_expires_in_s=hard_expires_in_s)


@dataclass
class MemoryGrants:
    """Secrets in a dictionary; `failures` writes fail, `meanwhile` is stored after a read."""

    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: int = 0
    meanwhile: dict[str, dict[str, Any]] = field(default_factory=dict)

    def read(self, secret_id: str) -> dict[str, Any]:
        members = dict(self.secrets[secret_id])
        self.secrets.update(self.meanwhile)
        return members

    def write(self, secret_id: str, members: Mapping[str, Any]) -> None:
        if self.failures:
            self.failures -= 1
            raise UnavailableError("aws_unavailable", is_unknown=True)
        self.secrets[secret_id] = dict(members)


@dataclass
class World:
    """Everything around the flow."""

    clock: FakeClock = field(default_factory=FakeClock)
    intuit: Intuit = field(default_factory=Intuit)
    session: Session | BridgeError = field(default_factory=Session)
    grants: MemoryGrants = field(default_factory=MemoryGrants)
    connections: MemoryConnections = field(default_factory=MemoryConnections)
    leases: MemoryLeases = field(default_factory=MemoryLeases)
    realms: dict[str, str] = field(default_factory=lambda: {"1": "realm"})
    organisations: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.grants.secrets = {
            "realm": {"access_token": "at-0", "refresh_token": "rt-0"},
            "session": {"access_token": ""},
        }
        self.ids = count()

    def sign_in(self) -> Session:
        if isinstance(self.session, BridgeError):
            raise self.session
        return self.session

    def ask(self, **request: str) -> dict[str, list[str]]:
        """Run the flow and return what is not empty of its report."""
        flow = RefreshTokens(
            realms=self.realms,
            organisations=self.organisations,
            grants=self.grants,
            refresh=self.intuit.refresh,
            sign_in=self.sign_in,
            connections=self.connections,
            leases=self.leases,
            clock=self.clock,
            new_id=lambda: str(next(self.ids)),
        )
        return {result: names for result, names in flow(request).items() if names}

    def worker_asks(self, rejected: str) -> dict[str, list[str]]:
        """Ask as a worker does whose token was refused."""
        return self.ask(system="quickbooks", realm="1", rejected=digest_of(rejected))

    @property
    def stored(self) -> dict[str, Any]:
        """The realm's secret."""
        return self.grants.secrets["realm"]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def seen() -> Iterator[Observed]:
    with observed() as seen:
        yield seen


def test_timer_renews_and_stores_tokens_with_absolute_ends(world: World) -> None:
    assert world.ask() == {"refreshed": ["1"]}

    now = world.clock.now()
    assert world.stored == {
        "access_token": "at-1",
        "refresh_token": "rt-1",
        "expires_at": (now + timedelta(hours=1)).isoformat(),
        "refresh_expires_at": (now + timedelta(days=100)).isoformat(),
        "hard_expires_at": (now + timedelta(days=1825)).isoformat(),
    }


@pytest.mark.parametrize(("minutes_gone", "result"), [(20, "current"), (25, "refreshed")])
def test_timer_renews_what_would_not_live_until_it_comes_again(
    world: World, minutes_gone: int, result: str
) -> None:
    world.ask()
    world.clock.advance(minutes_gone * 60)

    assert world.ask() == {result: ["1"]}


def test_worker_gets_a_new_token_though_the_old_one_was_thought_good(world: World) -> None:
    world.ask()

    assert world.worker_asks("at-1") == {"refreshed": ["1"]}
    assert world.stored["access_token"] == "at-2"


def test_worker_whose_token_is_not_the_stored_one_any_more_costs_no_renewal(world: World) -> None:
    world.ask()

    assert world.worker_asks("at-0") == {"current": ["1"]}
    assert world.intuit.calls == ["rt-0"]


def test_worker_may_ask_for_the_very_first_token(world: World) -> None:
    world.stored["access_token"] = ""

    assert world.worker_asks("") == {"refreshed": ["1"]}


def test_request_for_a_realm_that_is_not_connected_is_refused(world: World) -> None:
    with pytest.raises(ConfigurationError, match="connection_unknown"):
        world.ask(system="quickbooks", realm="9", rejected="x")


def test_worker_waits_for_the_one_who_is_renewing_and_uses_that_token(world: World) -> None:
    world.leases.acquire("refresh|1", "other", world.clock.now(), 5)

    assert world.worker_asks("at-0") == {"refreshed": ["1"]}
    assert world.intuit.calls == ["rt-0"]
    assert 5 <= sum(world.clock.waits) <= 6


def test_worker_does_not_wait_for_ever(world: World) -> None:
    world.leases.acquire("refresh|1", "other", world.clock.now(), LEASE_LIFE_S)

    assert world.worker_asks("at-0") == {"busy": ["1"]}
    assert world.intuit.calls == []


def test_timer_leaves_a_connection_alone_that_somebody_is_renewing(world: World) -> None:
    world.leases.acquire("refresh|1", "other", world.clock.now(), LEASE_LIFE_S)

    assert world.ask() == {"busy": ["1"]}
    assert world.clock.waits == []


def test_lease_is_given_back_whatever_happens(world: World) -> None:
    world.intuit.script = [NEVER_SENT]

    world.ask()

    assert world.leases.held == {}


def test_refused_grant_pauses_the_realm_and_tells_once(world: World, seen: Observed) -> None:
    world.intuit.valid = "somebody else's"

    assert world.ask() == {"paused": ["1"]}
    assert world.ask() == {"paused": ["1"]}

    assert world.connections.reasons == {"1": "grant_revoked"}
    assert seen.counted("ConnectionsLost") == 1
    assert seen.messages("ERROR") == ["connection lost"]
    assert world.stored["refresh_token"] == "rt-0"


def test_refused_grant_is_given_up_only_after_reading_the_store_again(world: World) -> None:
    world.intuit.valid = "rt-9"
    world.grants.meanwhile = {"realm": {"access_token": "at-9", "refresh_token": "rt-9"}}

    assert world.ask() == {"refreshed": ["1"]}
    assert world.intuit.calls == ["rt-0", "rt-9"]


def test_reply_that_is_lost_is_asked_for_once_more_with_the_same_token(world: World) -> None:
    world.intuit.rotates = False
    world.intuit.loses_reply = True

    assert world.ask() == {"refreshed": ["1"]}
    assert world.intuit.calls == ["rt-0", "rt-0"]


def test_lost_reply_of_a_rotation_ends_in_a_pause_and_not_in_silence(world: World) -> None:
    world.intuit.loses_reply = True

    assert world.ask() == {"paused": ["1"]}


def test_request_that_was_never_sent_is_not_repeated_but_left_to_the_next_time(
    world: World, seen: Observed
) -> None:
    world.intuit.script = [NEVER_SENT]

    assert world.ask() == {"failed": ["1"]}
    assert world.intuit.calls == ["rt-0"]
    assert seen.counted("TokenRefreshesFailed") == 1
    assert world.ask() == {"refreshed": ["1"]}


def test_new_grant_is_written_again_until_it_is_stored(world: World) -> None:
    world.grants.failures = 3

    assert world.ask() == {"refreshed": ["1"]}
    assert world.stored["refresh_token"] == "rt-1"


def test_grant_that_cannot_be_stored_is_reported_as_an_error(world: World, seen: Observed) -> None:
    world.grants.failures = 99

    with pytest.raises(PermanentError, match="grant_not_stored"):
        world.ask()

    assert seen.messages("ERROR")
    assert world.leases.held == {}


def test_success_resumes_a_realm_whose_connection_was_lost(world: World) -> None:
    world.intuit.valid = "rt-9"
    world.ask()
    world.grants.secrets["realm"] = {"access_token": "", "refresh_token": "rt-9"}

    assert world.ask() == {"refreshed": ["1"]}
    assert world.connections.reasons == {}


def test_paused_realm_is_tried_though_its_token_looks_good(world: World) -> None:
    world.ask()
    world.connections.pause("1", "not_authorised", world.clock.now())

    assert world.ask() == {"refreshed": ["1"]}
    assert world.connections.reasons == {}


def test_pause_that_a_person_has_made_is_not_ended_by_a_token(world: World) -> None:
    world.connections.pause("1", "held_by_operator", world.clock.now())

    assert world.ask() == {"refreshed": ["1"]}
    assert world.connections.reasons == {"1": "held_by_operator"}


def test_realm_without_a_grant_is_an_error_that_names_secret_and_remedy(
    world: World, seen: Observed
) -> None:
    world.realms = {"1": "empty", "2": "realm"}
    world.grants.secrets["empty"] = {"access_token": "", "refresh_token": ""}

    with pytest.raises(ConfigurationError, match="secret empty has no refresh_token: connect"):
        world.ask()

    assert world.stored["access_token"] == "at-1", "the other realm was renewed all the same"
    assert seen.messages("ERROR") == ["connection misconfigured"]


def test_hours_until_somebody_must_connect_again_are_measured_each_time(
    world: World, seen: Observed
) -> None:
    world.ask()
    world.ask()

    assert seen.counted("RefreshTokenHoursLeft") == 2 * 2400


def test_end_that_is_not_told_again_is_kept(world: World) -> None:
    world.ask()
    first = world.stored["hard_expires_at"]
    world.intuit.tells_hard_end = False

    world.worker_asks("at-1")

    assert world.stored["hard_expires_at"] == first


def test_salesforce_session_is_stored_with_its_address(world: World) -> None:
    world.realms, world.organisations = {}, {ORG: "session"}

    assert world.ask() == {"refreshed": [ORG]}

    session = world.grants.secrets["session"]
    assert session["access_token"] == "00D!1"
    assert session["instance_url"] == "https://acme.my.salesforce.com"


def test_session_of_another_org_is_refused_and_not_stored(world: World) -> None:
    world.realms, world.organisations = {}, {ORG: "session"}
    world.session = Session(org_id="00D000000000001EAA")

    with pytest.raises(ConfigurationError, match="SalesforceOrgId"):
        world.ask()

    assert world.grants.secrets["session"] == {"access_token": ""}


def test_org_id_of_15_characters_is_the_same_org(world: World) -> None:
    world.realms, world.organisations = {}, {ORG: "session"}
    world.session = Session(org_id=ORG[:15])

    assert world.ask() == {"refreshed": [ORG]}


def test_org_that_refuses_to_sign_in_is_paused(world: World) -> None:
    world.realms, world.organisations = {}, {ORG: "session"}
    world.session = LOST

    assert world.ask(org=ORG, rejected=digest_of("")) == {"paused": [ORG]}


def test_no_token_is_logged_counted_or_returned(world: World, seen: Observed) -> None:
    world.organisations = {ORG: "session"}
    report = [world.ask(), world.worker_asks("at-1")]
    world.intuit.valid = "x"
    report.append(world.worker_asks("at-2"))

    for secret in ("at-0", "at-1", "at-2", "rt-0", "rt-1", "rt-2", "00D!1"):
        assert secret not in seen
        assert secret not in str(report)


def test_worker_and_flow_name_a_token_alike() -> None:
    assert digest_of("at-0") == hashlib.sha256(b"at-0").hexdigest()[:16]
