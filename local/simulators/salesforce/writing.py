"""The one way by which clients' and people's records come into the org.

Salesforce: Apex Developer Guide, "Triggers and Order of Execution", as far as the stand-in has
its steps: accepted values, the platform's own rules, validation rules, duplicate rules, the save,
and what follows from it on parents.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.simulators.salesforce import (
    duplicates,
    formula,
    locks,
    prices,
    quotes,
    roll_ups,
    sales,
)
from local.simulators.salesforce.drafts import Draft
from local.simulators.salesforce.errors import ApiError, specified
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row
from local.simulators.salesforce.validation import accept_new, accept_update

After = Callable[[Org, Row | None, Row, str], None]

_BEFORE: dict[str, Callable[[Draft], None]] = {
    "Pricebook2": prices.before_book,
    "PricebookEntry": prices.before_entry,
    "Opportunity": sales.before_opportunity,
    "OpportunityLineItem": sales.before_line,
    "Quote": quotes.before_quote,
    "QuoteLineItem": quotes.before_line,
}
_AFTER: dict[str, After] = {
    "Product2": prices.after_product,
    "PricebookEntry": prices.after_entry,
    "OpportunityLineItem": sales.after_line,
    "QuoteLineItem": quotes.after_line,
}
_NUMBER = re.compile(r"\{(0+)\}")


def insert(
    org: Org,
    object_type: ObjectType,
    body: Mapping[str, Any],
    user_id: str,
    *,
    allow_save: bool = False,
) -> str:
    """Add a record made of a body, and return its id; `allow_save` overrides an alert."""
    if any(name.lower() == "id" for name in body):
        message = "cannot specify Id in an insert call"
        raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", message, ["Id"])
    values = accept_new(org, object_type, body)
    draft = Draft(org, object_type, values, None, user_id, frozenset(values))
    with org.transaction():
        _prepare(draft, allow_save)
        draft.values |= roll_ups.beginnings(object_type) | _numbers(org, object_type)
        record_id = org.insert(object_type, draft.values, user_id)
        follow(org, object_type, None, org.rows(object_type)[record_id], user_id)
    return record_id


def change(
    org: Org,
    object_type: ObjectType,
    row: Row,
    body: Mapping[str, Any],
    user_id: str,
    *,
    allow_save: bool = False,
) -> None:
    """Change a record by a body; `allow_save` overrides an alert."""
    if any(name.lower() == "id" for name in body):
        raise specified("Id")
    values = accept_update(org, object_type, row, body)
    draft = Draft(org, object_type, values, row, user_id, frozenset(values))
    with org.transaction():
        _prepare(draft, allow_save)
        org.update(object_type, row["Id"], draft.values, user_id)
        follow(org, object_type, row, org.rows(object_type)[row["Id"]], user_id)


def follow(org: Org, object_type: ObjectType, old: Row | None, new: Row, user_id: str) -> None:
    """Do what follows on other records from a save, a deletion or an undeletion."""
    if after := _AFTER.get(object_type.name):
        after(org, old, new, user_id)
    if org.schema.summaries(object_type):
        roll_ups.follow(org, object_type, old, new, user_id)


def _prepare(draft: Draft, allow_save: bool) -> None:
    org, object_type = draft.org, draft.object_type
    locks.check(draft)
    if before := _BEFORE.get(object_type.name):
        before(draft)
    if object_type.validation_rules:
        subject = formula.Subject(org, object_type, draft.whole(), draft.old, draft.user_id)
        formula.validate(subject)
    duplicates.check(draft, allow_save)


def _numbers(org: Org, object_type: ObjectType) -> dict[str, str]:
    fields = (each for each in object_type.fields.values() if each.auto_number)
    return {each.name: _numbered(org, object_type, each) for each in fields}


def _numbered(org: Org, object_type: ObjectType, field: Field) -> str:
    number = org.next_number(object_type, field)
    return _NUMBER.sub(lambda found: f"{number:0{len(found[1])}d}", field.auto_number or "")
