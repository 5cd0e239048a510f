"""The table at the end: records, writes, calls to each system, echoes, conflicts."""

from collections import Counter
from collections.abc import Sequence

from local.demo.play import Play
from local.log import Outcome

NOTE_OF_LOSS = "Replaced: "


def summary(play: Play) -> list[list[str]]:
    """Return the rows of the table; the figures were counted by the two systems."""
    salesforce, quickbooks = play.stage.salesforce, play.stage.quickbooks
    limits = quickbooks.admin("limits")
    outcomes = play.outcomes()
    in_salesforce, in_quickbooks = play.writes()
    own_reads = quickbooks.own_calls["query"] + quickbooks.own_calls["read"]
    return [
        ["", "Salesforce", "QuickBooks"],
        ["records", str(len(salesforce.rows())), str(len(quickbooks.rows()))],
        ["linked pairs", *[str(_pairs(play))] * 2],
        ["records written by the bridge", str(in_salesforce), str(in_quickbooks)],
        ["calls of the bridge", _total(salesforce.calls()), _total(quickbooks.calls())],
        *_by_kind(salesforce.calls(), quickbooks.calls()),
        ["metered reads", "-", str(limits["metered_reads"] - own_reads)],
        ["most calls in one second", "-", str(limits["highest_in_1_s"])],
        ["echoes (changes that needed nothing)", *_echoes(outcomes)],
        ["conflicts put before a person", _count(outcomes, "conflict"), "-"],
        ["values settled by their owner", str(_losses(play)), "-"],
    ]


def _pairs(play: Play) -> int:
    return sum(bool(row["QuickBooks_Id__c"]) for row in play.stage.salesforce.rows())


def _by_kind(salesforce: Counter[str], quickbooks: Counter[str]) -> list[list[str]]:
    """Return a row for each kind of call; parts of a call are set in."""
    kinds = sorted({*salesforce, *quickbooks})
    return [
        [
            f"{'    ' if ':' in kind else '  '}{kind}",
            _shown(salesforce[kind]),
            _shown(quickbooks[kind]),
        ]
        for kind in kinds
    ]


def _echoes(outcomes: Sequence[Outcome]) -> list[str]:
    return [str(sum(each.is_echo for each in outcomes)), "(both)"]


def _losses(play: Play) -> int:
    messages = [
        str(row["QuickBooks_Sync_Message__c"] or "") for row in play.stage.salesforce.rows()
    ]
    return sum(message.count(NOTE_OF_LOSS) for message in messages)


def _count(outcomes: Sequence[Outcome], status: str) -> str:
    return str(len({each.salesforce_id for each in outcomes if each.status == status}))


def _total(calls: Counter[str]) -> str:
    return str(sum(count for kind, count in calls.items() if ":" not in kind))


def _shown(count: int) -> str:
    return str(count) if count else "-"
