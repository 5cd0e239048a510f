"""Defects around creating and linking: intents, markers, look-ups, hand-overs."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from types import ModuleType
from typing import Any

from bridge.core import documents
from bridge.core.merge import Merge
from bridge.flows import arrive, born, create, link, recover, writes
from bridge.flows.cases import Case, Run
from bridge.model import CrossReference, OutcomeStatus, Probe, Record, Shape, Write
from bridge.quickbooks.client import QuickBooksClient
from bridge.salesforce.client import SalesforceClient
from tests.simulation.planting import Planting, everywhere, swapped, together


def unmarked() -> Planting:
    """A record made in QuickBooks does not say for whom."""
    build = writes.quickbooks_create
    return everywhere(build, lambda case: replace(build(case), marker=None))


def copies_believed() -> Planting:
    """A marker is believed wherever it stands, also in a copy that a person has made."""
    usual = recover.is_making

    def is_making(row: CrossReference, record: Record) -> bool:
        return row.quickbooks_id is not None or usual(row, record)

    return everywhere(usual, is_making)


def repeated_unseen() -> Planting:
    """A create whose fate is unknown is repeated without a look at what has been made."""

    def find_created(
        self: QuickBooksClient, shape: Shape, probes: Sequence[Probe]
    ) -> Sequence[Sequence[Record]]:
        return [[] for _ in probes]

    return swapped(QuickBooksClient, "find_created", find_created)


def deleted_unseen() -> Planting:
    """The look-up by external id overlooks what a person has deleted since."""
    find = SalesforceClient.find_created

    def find_created(
        self: SalesforceClient, shape: Shape, probes: Sequence[Probe]
    ) -> Sequence[Sequence[Record]]:
        return [[r for r in found if not r.is_deleted] for found in find(self, shape, probes)]

    return swapped(SalesforceClient, "find_created", find_created)


def handed_over_is_done() -> Planting:
    """A message that was handed over to another record is done with it, linked or not."""
    settle = arrive.settle_arrivals

    def settle_arrivals(run: Run, cases: Sequence[Case], neighbours: Sequence[Case]) -> None:
        settle(run, cases, neighbours)
        for case in cases:
            case.must_link = None

    return everywhere(arrive.settle_arrivals, settle_arrivals)


def linked_is_done() -> Planting:
    """After the link of a record just made nobody asks whether it was looked at meanwhile."""
    return together(_ending_after(create, "_link_fresh"), _ending_after(born, "_link_born"))


def _ending_after(module: ModuleType, name: str) -> Planting:
    usual = vars(module)[name]

    def tied(run: Run, case: Case, made: Any) -> None:
        usual(run, case, made)
        if case.is_open:
            case.end(OutcomeStatus.DONE)

    return swapped(module, name, tied)


def adopted_bare() -> Planting:
    """An adopted pair begins without a merge base, even where both sides were equal."""
    merge = documents.merge_records

    def merge_bare(*given: Any) -> Merge:
        return replace(merge(*given), baseline={})

    return swapped(link, "merge_records", merge_bare)


def content_in_requestid() -> Planting:
    """The key of a create rises with every try, as if it were made from the content."""
    build = writes.quickbooks_create
    tries = count(1)

    def quickbooks_create(case: Case) -> Write:
        write = build(case)
        return replace(write, key=f"{write.key}|{next(tries)}")

    return everywhere(build, quickbooks_create)


def created_anew() -> Planting:
    """Neither look-up nor requestid: a create whose fate is unknown is simply sent again."""
    return together(content_in_requestid(), repeated_unseen())


def parts_of_others_trusted() -> Planting:
    """A part found with a record of ours is taken for ours, whoever made it."""
    return swapped(born, "_forget_parts_of_others", lambda *_: None)
