"""Renews the access tokens, one worker at a time, and keeps every refresh token it is given."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from aws_lambda_powertools.metrics import MetricUnit

from bridge.errors import (
    BridgeError,
    ConfigurationError,
    ConnectionLostError,
    PermanentError,
    RetryableError,
    UnavailableError,
)
from bridge.flows.ports import Clock, Connections
from bridge.observability import count, logger, metrics

# The timer comes every thirty minutes: what lives longer than this will be met again in time.
LIFE_WANTED = timedelta(minutes=35)
# Salesforce does not say when a session ends; two hours without a call is its default.
SESSION_LIFE = timedelta(hours=1)
# Longer than the function can run, so that a lease never ends under its holder.
LEASE_LIFE_S = 90.0
PATIENCE_S = 20.0
POLL_S = 1.0
WRITE_TRIES = 5
DIGEST_LENGTH = 16
# A pause with such a reason is a person's decision: a renewed token does not end it.
HELD_BY_PEOPLE = "held_"


class QuickBooksGrant(Protocol):
    """Tokens as Intuit hands them out, with the seconds that each is good for."""

    @property
    def access_token(self) -> str:
        """The bearer token."""

    @property
    def refresh_token(self) -> str:
        """The token for the next renewal; it replaces the one used."""

    @property
    def expires_in_s(self) -> int:
        """Life of the access token."""

    @property
    def refresh_expires_in_s(self) -> int:
        """Life of the refresh token if it is not used."""

    @property
    def hard_expires_in_s(self) -> int | None:
        """What is left until a person must connect again whatever happens."""


class SalesforceGrant(Protocol):
    """A session as Salesforce hands it out."""

    @property
    def access_token(self) -> str:
        """The bearer token."""

    @property
    def instance_url(self) -> str:
        """The address that all calls go to."""

    @property
    def org_id(self) -> str:
        """The organisation that was signed in to."""


class Grants(Protocol):
    """Grants by the id of their secret."""

    def read(self, secret_id: str) -> dict[str, Any]:
        """Return what is stored now."""

    def write(self, secret_id: str, members: Mapping[str, Any]) -> None:
        """Store durably."""


class Leases(Protocol):
    """Time-limited rights to do something alone."""

    def acquire(self, name: str, owner: str, now: datetime, life_s: float) -> bool:
        """Take a lease that nobody holds."""

    def release(self, name: str, owner: str) -> None:
        """Give it back."""


class Result(StrEnum):
    """What became of one connection."""

    REFRESHED = "refreshed"
    CURRENT = "current"  # the stored token is another, or good for long enough
    BUSY = "busy"  # somebody else is at it
    PAUSED = "paused"  # the grant is gone
    FAILED = "failed"  # for now


@dataclass(frozen=True)
class RefreshTokens:
    """Renews what is due (timer), or the one token that a worker saw refused.

    `realms` and `organisations` lead from a realm or org to the id of the secret with its tokens.
    """

    realms: Mapping[str, str]
    organisations: Mapping[str, str]
    grants: Grants
    refresh: Callable[[str], QuickBooksGrant]
    sign_in: Callable[[], SalesforceGrant]
    connections: Connections
    leases: Leases
    clock: Clock
    new_id: Callable[[], str]

    def __call__(self, request: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return the names of realms and orgs by what became of them.

        A worker's request is {"system", "realm" or "org", "rejected": the digest of the token}; any
        other request is the timer's.

        Raises:
            BridgeError: a person must act; everything else that was due has been renewed before.
        """
        rejected = request.get("rejected")
        report: dict[str, list[str]] = {result.value: [] for result in Result}
        troubles: list[BridgeError] = []
        for name in self._asked(request):
            try:
                report[self._renew(name, rejected).value].append(name)
            except (ConfigurationError, PermanentError) as error:
                logger.error("connection misconfigured", connection=name, reason=str(error))
                troubles.append(error)
        logger.info("tokens refreshed", extra=report)
        if troubles:
            raise troubles[0]
        return report

    def _asked(self, request: Mapping[str, Any]) -> list[str]:
        if "rejected" not in request:
            return [*self.realms, *self.organisations]
        name = str(request.get("realm") or request.get("org") or "")
        if name not in self.realms and name not in self.organisations:
            raise ConfigurationError("connection_unknown: deploy with the id of the realm or org")
        return [name]

    def _renew(self, name: str, rejected: str | None) -> Result:
        try:
            with self._alone(name, PATIENCE_S if rejected else 0.0) as is_alone:
                return self._renew_alone(name, rejected) if is_alone else Result.BUSY
        except ConnectionLostError as error:
            self._pause(name, error)
            return Result.PAUSED
        except RetryableError as error:
            count("TokenRefreshesFailed")
            logger.warning("token not refreshed", connection=name, reason=str(error))
            return Result.FAILED

    @contextmanager
    def _alone(self, name: str, patience_s: float) -> Iterator[bool]:
        """Hold the lease of a connection, waiting for it as long as patience lasts."""
        owner, lease = self.new_id(), f"refresh|{name}"
        give_up = self.clock.now() + timedelta(seconds=patience_s)
        while not self.leases.acquire(lease, owner, self.clock.now(), LEASE_LIFE_S):
            if self.clock.now() >= give_up:
                yield False
                return
            self.clock.wait(POLL_S)
        try:
            yield True
        finally:
            # A lease that cannot be given back ends by itself.
            with suppress(RetryableError):
                self.leases.release(lease, owner)

    def _renew_alone(self, name: str, rejected: str | None) -> Result:
        secret_id = self.realms.get(name) or self.organisations[name]
        stored = self.grants.read(secret_id)
        if not self._is_due(name, stored, rejected):
            self._report_life(stored)
            return Result.CURRENT
        if name in self.realms:
            members = self._quickbooks_members(secret_id, stored)
        else:
            members = self._salesforce_members(name)
        # Durable before anybody can use it: the old refresh token may be worthless already.
        self._store(secret_id, members)
        self._report_life(members)
        self._resume(name)
        return Result.REFRESHED

    def _is_due(self, name: str, stored: Mapping[str, Any], rejected: str | None) -> bool:
        token = str(stored.get("access_token", ""))
        if not token:
            return True
        if rejected:
            return hashlib.sha256(token.encode()).hexdigest()[:DIGEST_LENGTH] == rejected
        expires_at = _time(stored.get("expires_at"))
        is_short = expires_at is None or expires_at - self.clock.now() <= LIFE_WANTED
        return is_short or name in self.connections.paused([name])

    def _quickbooks_members(self, secret_id: str, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new grant's members; the refresh token is read again before it is given up."""
        used = _refresh_token(secret_id, stored)
        try:
            grant = self._refresh_surely(used)
        except ConnectionLostError:
            stored = self.grants.read(secret_id)
            if _refresh_token(secret_id, stored) == used:
                raise
            grant = self._refresh_surely(_refresh_token(secret_id, stored))
        hard_expires_at = stored.get("hard_expires_at")
        if grant.hard_expires_in_s is not None:
            hard_expires_at = self._after(grant.hard_expires_in_s)
        return {
            "access_token": grant.access_token,
            "refresh_token": grant.refresh_token,
            "expires_at": self._after(grant.expires_in_s),
            "refresh_expires_at": self._after(grant.refresh_expires_in_s),
            **({"hard_expires_at": hard_expires_at} if hard_expires_at else {}),
        }

    def _refresh_surely(self, refresh_token: str) -> QuickBooksGrant:
        """Renew; after a lost reply once more with the same token: no client can do better."""
        try:
            return self.refresh(refresh_token)
        except UnavailableError as error:
            if not error.is_unknown:
                raise
        return self.refresh(refresh_token)

    def _salesforce_members(self, organisation: str) -> dict[str, Any]:
        grant = self.sign_in()
        # The 15 characters that both forms of an id share.
        if grant.org_id[:15] != organisation[:15]:
            raise ConfigurationError(
                "signed in to another org than SALESFORCE_ORG_ID names: "
                "correct the app's credentials or the parameter SalesforceOrgId"
            )
        return {
            "access_token": grant.access_token,
            "instance_url": grant.instance_url,
            "org_id": grant.org_id,
            "expires_at": self._after(SESSION_LIFE.total_seconds()),
        }

    def _store(self, secret_id: str, members: Mapping[str, Any]) -> None:
        for attempt in range(WRITE_TRIES):
            with suppress(UnavailableError):
                self.grants.write(secret_id, members)
                return
            self.clock.wait(0.2 * 2**attempt)
        raise PermanentError("grant_not_stored: connect the company again if calls stay refused")

    def _pause(self, name: str, error: ConnectionLostError) -> None:
        if self.connections.pause(name, error.reason, self.clock.now()):
            count("ConnectionsLost")
            logger.error("connection lost", connection=name, reason=error.reason)

    def _resume(self, name: str) -> None:
        reason = self.connections.paused([name]).get(name, HELD_BY_PEOPLE)
        if not reason.startswith(HELD_BY_PEOPLE) and self.connections.resume(name):
            logger.info("connection resumed", connection=name, reason=reason)

    def _report_life(self, members: Mapping[str, Any]) -> None:
        """Count the hours until a person must connect again, if the grant has such an end."""
        names = ("refresh_expires_at", "hard_expires_at")
        ends = [end for name in names if (end := _time(members.get(name)))]
        if ends:
            hours = (min(ends) - self.clock.now()).total_seconds() / 3600
            metrics.add_metric("RefreshTokenHoursLeft", MetricUnit.Count, max(0.0, hours))

    def _after(self, seconds: float) -> str:
        return (self.clock.now() + timedelta(seconds=seconds)).isoformat()


def _refresh_token(secret_id: str, stored: Mapping[str, Any]) -> str:
    token = stored.get("refresh_token")
    if not isinstance(token, str) or not token.strip():
        raise ConfigurationError(
            f"secret {secret_id} has no refresh_token: connect the company and store it there"
        )
    return token


def _time(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (TypeError, ValueError):
        return None
