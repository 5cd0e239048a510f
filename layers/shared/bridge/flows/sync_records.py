"""Brings pairs of records into agreement: gather, load, decide, commit, write, record,
acknowledge.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aws_lambda_powertools.metrics import MetricUnit

from bridge.core.decide import decide
from bridge.core.decision import Decision, DecisionKind
from bridge.errors import BridgeError, MappingError
from bridge.flows.arrive import settle_arrivals
from bridge.flows.born import create_in_salesforce
from bridge.flows.bring import in_order, load_and_bring, settle_named
from bridge.flows.cases import WRITE_RESERVE_S, Case, Run, World, open_cases
from bridge.flows.commit import CLAIM_LIFE_S, commit_nothing, commit_rejection
from bridge.flows.companies import company_of, is_elsewhere
from bridge.flows.create import create_in_quickbooks
from bridge.flows.documents import must_be_read
from bridge.flows.gather import gather
from bridge.flows.link import adopt_all
from bridge.flows.load import QUIET_S, read_quickbooks, wait_for_quiet
from bridge.flows.match import find_matches
from bridge.flows.merges import follow_merges
from bridge.flows.names import name_by_ids
from bridge.flows.recover import recover_creates
from bridge.flows.report import report, show
from bridge.flows.sharing import concerned, leave_linked_as_others, leaves_no_trace
from bridge.flows.touch import settle_touched
from bridge.flows.trouble import cause_of, claim_delay, delay_of, for_each, hold_mass_deletion
from bridge.flows.update import is_restless, update
from bridge.model import ChangeEvent, Lane, Message, OutcomeStatus, PairState
from bridge.observability import count, logger, metrics

__all__ = ["CLAIM_LIFE_S", "SyncRecords"]

ENDINGS = {
    DecisionKind.CONFLICT: OutcomeStatus.CONFLICT,
    DecisionKind.DEFER: OutcomeStatus.DEFERRED,
}


@dataclass(frozen=True)
class SyncRecords:
    """Brings pairs of records into agreement, a batch at a time."""

    world: World

    def __call__(self, messages: Sequence[Message], remaining_s: Callable[[], float]) -> list[str]:
        """Work through a batch; return the ids of the messages that may be acknowledged.

        The change of such a message is committed with nothing to do, recorded, or on its lane
        again; every other message comes again as it is. A message that comes for the second time
        is handled alone after the others, so that a record that kills its worker takes nobody
        along.
        """
        first = [message for message in messages if message.receive_count <= 1]
        again = [message for message in messages if message.receive_count > 1]
        acknowledged = self._walk_safely(first, remaining_s) if first else []
        begun = self._begun(again)
        again.sort(key=lambda message: begun[message.id])
        for place, message in enumerate(again):
            if (first or place) and remaining_s() < WRITE_RESERVE_S:
                fresh = [each for each in again[place:] if not begun[each.id]]
                return acknowledged + self._turn_away(fresh)
            acknowledged += self._walk_alone(message, remaining_s)
        return acknowledged

    def _begun(self, messages: Sequence[Message]) -> Mapping[str, int]:
        """Return how often each message was begun: one that has killed its worker comes last."""
        unknown = dict.fromkeys([message.id for message in messages], 0)
        if not messages:
            return unknown
        with _noted("tries not read"):
            return self.world.tries.begun(list(unknown))
        return unknown

    def _walk_alone(self, message: Message, remaining_s: Callable[[], float]) -> list[str]:
        """Work on one message, and acknowledge it at once: the next one may kill the worker."""
        with _noted("try not counted"):
            self.world.tries.begin(message.id, self.world.clock.now())
        acknowledged = self._walk_safely([message], remaining_s)
        if acknowledged:
            with _noted("not acknowledged at once"):
                self.world.queue.acknowledge(message)
        return acknowledged

    def _turn_away(self, messages: Sequence[Message]) -> list[str]:
        """Send messages round that have not been begun: to come again would use up their tries."""
        sent: list[str] = []
        for message in messages:
            if message.change is not None:
                with _noted("put back failed"):
                    self.world.queue.send([message.change.put_back()], message.lane, 1)
                    sent.append(message.id)
        return sent

    def _walk_safely(
        self, messages: Sequence[Message], remaining_s: Callable[[], float]
    ) -> list[str]:
        try:
            return self._walk(messages, remaining_s)
        except Exception as error:  # noqa: BLE001  the outermost step: the batch comes again, one by one
            keys = {"reason": cause_of(error), "messages": [message.id for message in messages]}
            logger.error("batch failed", extra=keys)
            count("BatchesFailed")
            return []

    def _walk(self, messages: Sequence[Message], remaining_s: Callable[[], float]) -> list[str]:
        now = self.world.clock.now()
        run = Run(self.world, self.world.new_id(), remaining_s, now)
        messages = [message for message in messages if message.change is not None]
        cases = walk(run, messages)
        report(run, concerned(cases))
        failed = self._put_back(run, messages, cases, now)
        return [message.id for message in messages if message.id not in failed]

    def _put_back(
        self, run: Run, messages: Sequence[Message], cases: Sequence[Case], now: datetime
    ) -> list[str]:
        """Send what must wait round again; return the messages whose change could not be sent."""
        failed: list[str] = []
        groups: dict[tuple[Lane, int], list[tuple[str, ChangeEvent]]] = {}
        for message in messages:
            change = message.change
            waiting = [case for case in cases if case.goes_round and message.id in case.changes]
            if change is None or not waiting:
                continue
            delay = max(delay_of(run, case, change.attempt) for case in waiting)
            groups.setdefault((message.lane, delay), []).append((message.id, change.put_back()))
            if not any(case.waiting for case in waiting):
                continue  # deferred: a person knows of it, and no alarm has to ring
            hours = (now - change.first_seen).total_seconds() / 3600
            metrics.add_metric(name="PutBackAgeHours", unit=MetricUnit.NoUnit, value=hours)
        for (lane, delay), sending in groups.items():
            try:
                run.world.queue.send([change for _, change in sending], lane, delay)
            except BridgeError as error:
                logger.warning("put back failed", extra={"reason": error.reason})
                failed += [message_id for message_id, _ in sending]
        count("ChangesPutBack", sum(len(sending) for sending in groups.values()))
        return failed


def walk(run: Run, messages: Sequence[Message]) -> list[Case]:
    """Bring what the messages speak of into agreement, or observe how that would go; return the
    cases.
    """
    cases = gather(run, messages)
    name_by_ids(run, cases)
    order = run.world.levels
    for naming in filter(None, (_of(cases, level) for level in reversed(order))):
        cases += load_and_bring(run, naming, cases)
    for neighbours in filter(None, (_of(cases, level) for level in order)):
        for group in in_order(neighbours):
            _agree(run, group, neighbours)
    return cases


def _of(cases: Sequence[Case], level: Sequence[str]) -> list[Case]:
    return [case for case in cases if case.mapping.entity in level]


def _agree(run: Run, cases: Sequence[Case], neighbours: Sequence[Case]) -> None:
    """Bring pairs of one level into agreement; what they name has been worked on before."""
    settle_named(run, cases)
    settle_touched(cases)
    follow_merges(run, cases, neighbours)
    settle_arrivals(run, cases, neighbours)
    paired = [case for case in cases if case.row is not None]
    if not run.is_observing:
        recover_creates(run, paired)
    leave_linked_as_others(run, paired)
    find_matches(run, [case for case in open_cases(paired) if _is_unmatched(case)])
    for case in open_cases(paired):
        _decide(run, case)
    if run.is_observing:
        _observe(cases)
        return
    _carry_out(run, cases)
    show(run, cases)


def _is_unmatched(case: Case) -> bool:
    """Say whether a pair is still without a QuickBooks record, or one that may be it."""
    return case.known_row.quickbooks_id is None and not case.matches


def _decide(run: Run, case: Case) -> None:
    if is_elsewhere(run, case):
        case.decision = Decision(DecisionKind.SKIP, "belongs_elsewhere", PairState.NEW)
        return
    if company_of(run, case) is None:
        case.decision = Decision(DecisionKind.CONFLICT, "company_unknown", PairState.NEW)
        return
    case.mapping = case.mapping.as_for(case.quickbooks)
    try:
        case.decision = decide(case.pair, case.mapping, run.world.fingerprinter)
        merged = case.decision.merge
        if case.is_presumed and merged is not None and must_be_read(merged, case.mapping):
            read_quickbooks(run, case)
            case.decision = decide(case.pair, case.mapping, run.world.fingerprinter)
    except MappingError as error:
        case.reject(error)
        if not run.is_observing:
            commit_rejection(run, case, error.reason)


def _observe(cases: Sequence[Case]) -> None:
    for case in open_cases(cases):
        decision = case.decision
        is_settled = decision is not None and decision.kind is DecisionKind.SKIP
        status = OutcomeStatus.SKIPPED if is_settled else OutcomeStatus.OBSERVED
        case.end(status, decision.reason if decision else "")


def _carry_out(run: Run, cases: Sequence[Case]) -> None:
    """Carry out the decisions, each kind for all its cases at once.

    Whatever has been linked on the way, and is not done with that, is decided once more with both
    sides.
    """
    adopt_all(run, _decided(cases, DecisionKind.ADOPT))
    creating = _decided(cases, DecisionKind.CREATE)
    create_in_quickbooks(run, _begun(run, [case for case in creating if case.row is not None]))
    create_in_salesforce(run, _begun(run, [case for case in creating if case.row is None]))
    _decide_linked(run, cases)
    wait_for_quiet(run, cases, is_restless)
    _decide_linked(run, cases)
    for case in open_cases(cases):
        if is_restless(case):
            case.wait("restless", QUIET_S)
    hold_mass_deletion(run, cases)
    update(run, _begun(run, [case for case in open_cases(cases) if _has_writes(case)]))
    for_each(run, open_cases(cases), partial(_settle, run))
    for case in cases:
        if case.must_link and case.waiting is None:
            case.wait("decided_elsewhere", claim_delay(run))


def _decided(cases: Sequence[Case], kind: DecisionKind) -> list[Case]:
    return [case for case in open_cases(cases) if case.decision and case.decision.kind is kind]


def _decide_linked(run: Run, cases: Sequence[Case]) -> None:
    for case in open_cases(cases):
        if case.row is not None and case.row.quickbooks_id is not None:
            _decide(run, case)


def _begun(run: Run, cases: Sequence[Case]) -> list[Case]:
    """Return the cases if there is time to write them; else they go round at once."""
    if not run.has_time():
        for case in cases:
            case.wait("out_of_time", 1.0)
    return open_cases(cases)


def _has_writes(case: Case) -> bool:
    decision = case.decision
    if decision is None or case.row is None or case.row.quickbooks_id is None:
        return False
    has_notes = bool(decision.lost) and not decision.keeps_row and case.salesforce is not None
    return decision.has_writes or has_notes


def _settle(run: Run, case: Case) -> None:
    """Commit a decision that writes nothing."""
    decision = case.decision
    if decision is None or case.row is None:
        return
    if not leaves_no_trace(case, decision) and not commit_nothing(run, case, decision):
        return
    status = ENDINGS.get(decision.kind, OutcomeStatus.SKIPPED)
    case.end(status, decision.reason, decision.field)


@contextmanager
def _noted(what: str) -> Iterator[None]:
    """Let trouble with the bookkeeping of a message pass: the lane's own rules still hold."""
    try:
        yield
    except BridgeError as error:
        logger.warning(what, extra={"reason": str(error)})
