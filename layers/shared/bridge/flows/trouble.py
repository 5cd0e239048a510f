"""What a case does when something is in its way: waits, and for how long."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import PurePath
from traceback import extract_tb

from bridge.core.decision import UNLINKED, DecisionKind, is_unlinked
from bridge.errors import (
    BridgeError,
    ConfigurationError,
    ConnectionLostError,
    MappingError,
    PermanentError,
    RateLimitedError,
    RecordRejectedError,
    RetryableError,
)
from bridge.flows.cases import Case, Run, by_realm_and_entity, open_cases
from bridge.model import Fate, WriteResult
from bridge.observability import count, logger

CLAIM_WAIT_S = (10.0, 20.0)
LONGEST_DELAY_S = 900.0
FIRST_DELAY_S = 15.0
# What may pass once the parent of another record has been written as well, and how often that is
# waited for.
HIERARCHY = ("parents_in_a_circle", "parents_too_deep")
HIERARCHY_TRIES = 3
# Only an operator ends a pause whose reason begins with "held_".
MASS_DELETION = "held_mass_deletion"


def wait_for_claim(run: Run, cases: Iterable[Case]) -> None:
    """Close the cases whose row is claimed by a living worker."""
    now = run.world.clock.now()
    for case in cases:
        row = case.row if case.row is not None else case.pointer
        if case.is_open and row is not None and not row.is_free(now):
            case.wait("claimed", claim_delay(run))


def claim_delay(run: Run) -> float:
    """Return how long a case waits for somebody else's claim: 10 to 20 seconds."""
    shortest, longest = CLAIM_WAIT_S
    return shortest + (longest - shortest) * run.world.random()


def delay_of(run: Run, case: Case, attempt: int) -> int:
    """Return in whole seconds how long a waiting case is put back for: growing, with jitter."""
    if case.waiting is not None and case.waiting.delay_s is not None:
        seconds = case.waiting.delay_s
    else:
        grown = FIRST_DELAY_S * 2 ** min(attempt, 10)
        seconds = min(grown, LONGEST_DELAY_S) * (0.5 + run.world.random() / 2)
    return int(max(1.0, min(seconds, LONGEST_DELAY_S)))


@contextmanager
def guarded(run: Run, cases: Sequence[Case], name: str) -> Iterator[None]:
    """Let cases wait when a call to a realm or org, named by `name`, or to a store fails for now.

    So does a call that a system refuses as a whole for its settings (a field that the integration
    user may not see): nothing is wrong with the records. Another permanent error is not caught.
    """
    try:
        yield
    except (RetryableError, ConnectionLostError) as error:
        hold(run, cases, error, name)
    except (MappingError, ConfigurationError) as error:
        if not error.system:
            raise
        count("SystemsMisconfigured")
        logger.error("system misconfigured", extra={"connection": name, "reason": str(error)})
        hold(run, cases, error, name)


def for_each(run: Run, cases: Iterable[Case], act: Callable[[Case], object]) -> None:
    """Do something for each case; trouble that passes is the trouble of that case alone."""
    for case in cases:
        with guarded(run, [case], case.realm):
            act(case)


def hold(run: Run, cases: Iterable[Case], error: BridgeError, name: str) -> None:
    """Let cases wait for what an error asks for; a lost connection pauses its realm or org."""
    delay_s = error.retry_after_s if isinstance(error, RateLimitedError) else None
    if isinstance(error, ConnectionLostError):
        lose_connection(run, error, name)
    for case in cases:
        if case.is_open:
            case.wait(error.reason, delay_s, error.code)


def lose_connection(run: Run, error: BridgeError, name: str) -> None:
    """Pause a realm or an org, and tell the people on call once."""
    if run.world.connections.pause(name, error.reason, run.world.clock.now()):
        count("ConnectionsLost")
        logger.error("connection lost", extra={"connection": name, "reason": error.reason})


def hold_mass_deletion(run: Run, cases: Sequence[Case]) -> None:
    """Pause a realm in which so many records would be deactivated, or part from theirs, within an
    hour that a person should look: an emptied or mis-restored org looks like this.
    """
    losing = [case for case in open_cases(cases) if _takes_away(case)]
    for (realm, entity), group in by_realm_and_entity(losing).items():
        now = run.world.clock.now()
        with guarded(run, group, realm):
            if run.world.deletions.take(realm, entity, len(group), now):
                continue
            if run.world.connections.pause(realm, MASS_DELETION, now):
                count("MassDeletionsHeld")
                keys = {"connection": realm, "entity": entity, "records": len(group)}
                logger.error("mass deletion held", extra=keys)
        for case in open_cases(group):
            case.wait(MASS_DELETION)


def _takes_away(case: Case) -> bool:
    decision = case.decision
    is_parting = decision is not None and decision.reason == UNLINKED
    is_new = case.row is not None and not is_unlinked(case.row)
    is_deactivated = decision is not None and decision.kind is DecisionKind.DEACTIVATE
    return is_deactivated or (is_parting and is_new)


def give_back_deletion(run: Run, case: Case) -> None:
    """Count a deactivation that was not made no longer: it comes again with every event of its
    record, and one record is no mass.
    """
    if _takes_away(case):
        # What cannot be counted now makes the guard too strict for an hour.
        with suppress(BridgeError):
            now = run.world.clock.now()
            run.world.deletions.give_back(case.realm, case.mapping.entity, 1, now)


def hold_unsent(run: Run, case: Case, result: WriteResult, name: str) -> bool:
    """Let a case wait whose write was certainly not made for a passing reason; say whether it was
    so.
    """
    if result.fate is not Fate.NOT_SENT:
        return False
    hold(run, [case], result.error or RetryableError("not_sent"), name)
    return True


def cause_of(error: Exception) -> str:
    """Say what failed and where in our own code, without any value."""
    reason = error.reason if isinstance(error, BridgeError) else type(error).__name__
    frames = [each for each in extract_tb(error.__traceback__) if "bridge" in each.filename]
    places = [f"{PurePath(each.filename).stem}:{each.lineno}" for each in frames[-3:]]
    return " ".join([reason, *places])


def give_up(case: Case) -> None:
    """End a case whose writes were refused in every round: its record kept moving; or it is there
    at every look, so that what the system misses is a record that it names.
    """
    if case.is_missing:
        case.reject(RecordRejectedError("reference_missing"))
    else:
        case.wait("kept_moving")


def reject_refused(case: Case, refused: WriteResult) -> None:
    """End a case whose write was refused for its content."""
    error = refused.error or PermanentError("unknown_fault")
    if error.reason in HIERARCHY and case.tries < HIERARCHY_TRIES:
        case.wait("parents_moving", code=error.code)
    else:
        case.reject(error, refused.vendor_text)
