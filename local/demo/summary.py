"""The tables at the end: records, writes, calls to each system, echoes, conflicts.

What is a system's is counted by that system, less what the demo itself has asked of it.
"""

from local.demo.play import Play
from local.stage import APP, REALM

# In a message on an Account: a value that was replaced because its field has another owner.
REPLACED = "was changed on both sides. Kept"


def by_system(play: Play) -> list[list[str]]:
    """Return a table with a column for each system."""
    salesforce, quickbooks = play.stage.salesforce, play.stage.quickbooks
    calls = salesforce.calls(), quickbooks.calls()
    writes = play.writes()
    limits = quickbooks.admin("limits")
    of_bridge = limits["realms"][REALM]["apps"][APP["client_id"]]
    own_reads = quickbooks.own_calls["query"] + quickbooks.own_calls["read"]
    totals = [sum(count for kind, count in each.items() if ":" not in kind) for each in calls]
    kinds = sorted({*calls[0], *calls[1]})
    return [
        ["", "Salesforce", "QuickBooks"],
        ["records", str(len(salesforce.rows())), str(len(quickbooks.rows()))],
        ["records written by the bridge", *map(str, writes)],
        ["calls of the bridge", *map(str, totals)],
        *[[_indented(kind), *[str(each[kind] or "-") for each in calls]] for kind in kinds],
        ["metered reads", "-", str(limits["metered_reads"] - own_reads)],
        ["most calls in one second", "-", str(of_bridge["highest_in_1_s"])],
    ]


def overall(play: Play) -> list[list[str]]:
    """Return a table of what belongs to both systems."""
    accounts = play.stage.salesforce.rows()
    outcomes = play.outcomes()
    conflicts = {each.salesforce_id for each in outcomes if each.status == "conflict"}
    messages = [str(account["QuickBooks_Sync_Message__c"] or "") for account in accounts]
    rows = [
        ("pairs linked", sum(bool(account["QuickBooks_Id__c"]) for account in accounts)),
        ("changes handled", len(outcomes)),
        ("of these echoes of our own writes", sum(each.is_echo for each in outcomes)),
        ("conflicts put before a person", len(conflicts)),
        ("values settled by their owner", sum(text.count(REPLACED) for text in messages)),
    ]
    return [["both together", ""], *([name, str(count)] for name, count in rows)]


def _indented(kind: str) -> str:
    """Set a kind of call in below the total, and a part of a call below its whole."""
    return f"{'    ' if ':' in kind else '  '}{kind}"
