"""Activity: what is known of the flags that make a record inactive, once they have been written."""

from dataclasses import replace

from bridge.flows.cases import Case


def take_activity(case: Case) -> None:
    """Note that the flag in Salesforce was written: whatever QuickBooks says next, the pair stands
    as it was decided.
    """
    decision = case.known_decision
    if case.salesforce is None or decision.salesforce_activity is None:
        return
    case.salesforce = replace(case.salesforce, is_active=decision.salesforce_activity)
    case.row = replace(case.known_row, state=decision.state, reason=decision.reason or None)


def is_active_as_asked(case: Case) -> bool:
    """Say whether every flag that was to be written is; a decision without one asks for none."""
    decision = case.known_decision
    for record, asked in (
        (case.quickbooks, decision.activity),
        (case.salesforce, decision.salesforce_activity),
    ):
        if asked is not None and (record is None or record.is_active is not asked):
            return False
    return True
