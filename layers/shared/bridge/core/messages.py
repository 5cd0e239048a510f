"""What people read on the Salesforce record: status and message, in an accountant's words.

The texts hold no time and no counter, so that the same situation always gives the same text and a
record is written only when something has changed for its reader.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bridge.core.mapping import EntityMapping, FieldMapping
from bridge.model import Record, Value, Values

MESSAGE_LIMIT = 3900
NOTE = "Note: "


class SyncStatus(StrEnum):
    """The status that the Salesforce record shows, the gravest last."""

    IN_SYNC = "In sync"
    DIFFERS = "Differs from QuickBooks"
    INACTIVE = "Inactive in QuickBooks"
    UNLINKED = "Unlinked"
    WAITING = "Waiting"
    CONFLICT = "Conflict"
    REJECTED = "Rejected"


GRAVITY = {status.value: place for place, status in enumerate(SyncStatus)}
# Where a record is linked in several companies, each has a line of its own in the message.
COMPANY_LINE = re.compile(r"QuickBooks company (?P<company>\d+), (?P<status>[^:]+): ")


@dataclass(frozen=True)
class Shown:
    """A status with its message."""

    status: SyncStatus
    message: str | None = None


# What happened, and what to do. {field} is the field's label; the vendor's own words follow where
# it has said something that a person can use.
TEXTS: Mapping[str, str] = {
    "name_taken": (
        "QuickBooks already uses this name for a customer, a vendor, an employee or another "
        "record that is not linked here. Change the name on one of the two; the bridge tries "
        "again by itself."
    ),
    "name_linked": (
        "A record of this name is already linked to another one. Give this one a name of its "
        "own, or merge the two; the bridge tries again by itself."
    ),
    "name_missing": "QuickBooks needs a name. Fill in the name; the bridge tries again by itself.",
    "several_matches": (
        "QuickBooks holds several records of this name, and only a person can tell which one is "
        "meant. Rename or merge the others in QuickBooks, then edit this record."
    ),
    "match_unsure": (
        "QuickBooks holds a record of this name, but its {field} is another. If both are the "
        "same, make the {field} equal on both sides; if not, give this record a name of its "
        "own."
    ),
    "field_conflict": (
        "{field} was changed in Salesforce and in QuickBooks, and only a person can say which "
        "is right. Type the right value on both sides."
    ),
    "contact_replaced": (
        "QuickBooks names another person as the contact, and nobody was overwritten here. If that "
        "is right, make that person the primary contact of this account; if not, correct the name "
        "in QuickBooks."
    ),
    "fixed_after_creation": (
        "{field}: Salesforce and QuickBooks differ, and the bridge does not carry changes of it "
        "after a document was made. Make both sides equal; the other fields go on meanwhile."
    ),
    "kept_after_creation": (
        "The {document} in QuickBooks differs from this record: {field}. It was made from this "
        "record once and is not rewritten. If it should follow, change it in QuickBooks; number, "
        "amounts and dates still come back from there."
    ),
    "condition_lost": (
        "This record no longer stands where its {document} in QuickBooks was made. The {document} "
        "was left as it is; void or delete it in QuickBooks if it should not stand. No second one "
        "is made."
    ),
    "maybe_created": (
        "QuickBooks gave no answer when this record was sent, and holds a new one that may be it: "
        "of the same customer, or under another name. Nothing was sent again. If a document is "
        'the same, write "Salesforce" and the id of this record into its private note; if not, '
        "the id of its own record, once Salesforce has one. Make the names of a product equal. "
        "Then edit this record."
    ),
    "company_unknown": (
        "Several QuickBooks companies are connected, and this record names none of them, or one "
        "that is not connected. Fill in the id of the company in whose books it belongs; the "
        "bridge tries again by itself."
    ),
    "reference_not_linked": (
        "{field} names a record that is not in both systems yet. Look at that record and settle "
        "what it says; this one follows by itself."
    ),
    "parents_in_a_circle": (
        "The parents of this record lead back to it. Correct the parent of one of them; the "
        "bridge tries again by itself."
    ),
    "parents_too_deep": (
        "QuickBooks takes five levels of customers at most, and this record would be below them. "
        "Give it a parent further up."
    ),
    "parent_not_taken": (
        "QuickBooks did not take the new place of this customer among its parents. Move it in "
        "QuickBooks by hand; the other side follows."
    ),
    "line_not_mapped": (
        "The document has a line that the bridge cannot carry yet: a bundle, a description "
        "alone, a second discount, or an amount that is not quantity times price. Nothing was "
        "written; replace the line or keep the document in one system."
    ),
    "line_incomplete": (
        "A line has no product, no quantity or no price. Complete it; the bridge tries again by "
        "itself."
    ),
    "too_many_lines": (
        "The document has more lines than Salesforce takes in one call. Split it into several."
    ),
    "quickbooks_inactive": (
        "The record was made inactive in QuickBooks. Nothing is sent to it until it is made "
        "active there again."
    ),
    "inactive": (
        "The record is inactive, here and in QuickBooks. Nothing is carried between the two until "
        "one of them is made active again; the other one follows."
    ),
    "salesforce_inactive": (
        "The record is inactive here. QuickBooks' own was left as it is, as the mapping wishes, "
        "and nothing is carried between the two."
    ),
    "edited_but_salesforce_inactive": (
        "The record was made inactive here, but edited in QuickBooks, and was left active there. "
        "Make it active here to take the edit over, or inactive there."
    ),
    "match_inactive": (
        "A record of this name is inactive in Salesforce. Make it active to link the two, or give "
        "one of them another name."
    ),
    "quickbooks_gone": (
        "The record was deleted or merged away in QuickBooks. Nothing is sent until the two are "
        "linked again."
    ),
    "unlinked": (
        "This record was deleted and has come back. Since the deletion its counterpart in "
        "QuickBooks goes its own way, as the mapping wishes: nothing is carried between the two."
    ),
    "condition_not_met": (
        "This record does not meet the conditions of the mapping any more, for example by its "
        "type. It is kept in step all the same, because it is linked in QuickBooks."
    ),
    "quickbooks_voided": (
        "The document was voided in QuickBooks. What it said stays here to be read; nothing is "
        "sent to it any more."
    ),
    "edited_but_quickbooks_voided": (
        "This record was edited, but it was voided in QuickBooks. Nothing was sent. Take the edit "
        "back, or write a new document."
    ),
    "edited_but_quickbooks_inactive": (
        "This record was edited, but it is inactive in QuickBooks. Make it active there again "
        "to send the edit."
    ),
    "edited_but_quickbooks_gone": (
        "This record was edited, but it was deleted or merged away in QuickBooks. Nothing was sent."
    ),
    "edited_but_salesforce_deleted": (
        "The record was deleted in Salesforce, but edited in QuickBooks. It was left as it is "
        "in QuickBooks."
    ),
    "merged_in_quickbooks": (
        "QuickBooks merged this customer into another one, which belongs to another record "
        "here. Merge the two records in Salesforce as well."
    ),
    "merged_in_salesforce": (
        "Records were merged in Salesforce, and QuickBooks still holds one customer for each. "
        "Merge them in QuickBooks as well."
    ),
    "fingerprint_key_missing": (
        "The bridge has lost the key that tells edits apart, and the two records differ. Make "
        "them equal by hand; ask the administrator to look at the alarm."
    ),
    "value_too_long": "{field} is longer than the other system allows. Shorten it.",
    "value_missing": "{field} is missing here, and the other system needs it. Fill it in.",
    "fields_exclusive": (
        "{field} cannot both be filled in: QuickBooks takes one of them for a document. Empty the "
        "others, here or there; the bridge tries again by itself."
    ),
    "totals_differ": (
        "The {document} in QuickBooks does not come to the same total as this record. All else is "
        "in step. Compare discount, shipping, tax and prices on both sides."
    ),
    "lines_missing": (
        "{field}: there are none here, and the other system needs at least one. Add what was sold. "
        "An amount alone is not sent: nothing is posted to an item that nobody has named."
    ),
    "value_not_allowed": (
        "{field} has a value that the other system does not allow. Choose another one."
    ),
    "value_not_mapped": (
        "{field} has a value that the mapping does not know. Choose another one, or ask the "
        "administrator to add it to the mapping."
    ),
    "has_balance": (
        "QuickBooks does not deactivate a customer with an open balance. Settle the balance first."
    ),
    "books_closed": "The books of that period are closed in QuickBooks.",
    "company_read_only": (
        "The QuickBooks company takes no changes at the moment: its subscription has ended or "
        "there is a billing problem."
    ),
    "duplicate_rule": (
        "A duplicate rule in Salesforce refused the record. Merge it with the record that the "
        "rule found, or change the rule."
    ),
    "validation_rule": "A validation rule in Salesforce refused the record.",
    "no_access": (
        "The integration user may not write this record. Ask the administrator for the permission."
    ),
    "parent_not_found": "The standard price book cannot be seen. Ask the administrator.",
    "reference_missing": "The record refers to one that is missing or inactive on the other side.",
}
# Reasons for which a document that was made once is shown to differ; nobody has to do anything.
DIFFERENCES = ("kept_after_creation", "condition_lost")
# Reasons that are only understood with the vendor's own words beside them.
QUOTED = ("validation_rule", "duplicate_rule", "totals_differ")
FALLBACK = "The other system refused this record. Correct it; the bridge tries again by itself."


def problem_text(
    reason: str, mapping: EntityMapping, field: str = "", vendor_text: str = ""
) -> str:
    """Return a reason in plain words, with the vendor's own words where there are any."""
    label = _label(reason, mapping, field)
    text = TEXTS.get(reason, FALLBACK).format(field=label, document=mapping.quickbooks.lower())
    quoted = " ".join(vendor_text.split())[:500]
    is_quoted = quoted and (reason not in TEXTS or reason in QUOTED)
    return f"{text} ({quoted})" if is_quoted else text


def _label(reason: str, mapping: EntityMapping, field: str) -> str:
    """Return what people call a field; of those that exclude each other, all of them."""
    named = next((each for each in mapping.fields if _is_named(each, field)), None)
    others = named.excludes if named and reason == "fields_exclusive" else ()
    labels = [each.label for each in (named, *map(mapping.field_named, others)) if each]
    return " and ".join(labels) or "A value"


def _is_named(mapped: FieldMapping, field: str) -> bool:
    """Say whether a field is meant, by our own name or by QuickBooks' (`DisplayName`)."""
    theirs = {name for path in mapped.quickbooks for name in (path, path.partition(".")[0])}
    return bool(field) and (field == mapped.name or field in theirs)


def own_fields(
    record: Record, shown: Shown | None, notes: Sequence[str] = (), company: str = ""
) -> Values:
    """Return those of our own fields that have to change on a Salesforce record.

    Without `shown` only notes are added. Notes of replaced values stay until newer ones push them
    out; a problem's text goes with the problem. With `company` (several are connected) what is
    shown concerns that one: the texts of the others stay, and the gravest status is the record's.
    """
    present = [line for line in str(record.own_fields.get("message") or "").split("\n") if line]
    kept = [line for line in present if line.startswith(NOTE)]
    added = [line for line in notes if line not in kept]
    problems = [line for line in present if not line.startswith(NOTE)]
    if shown is not None:
        problems = _problems(shown, problems, company)
    message = "\n".join((*problems, *added, *kept))[:MESSAGE_LIMIT]
    wanted: dict[str, Value] = {"message": message or None}
    if shown is not None:
        wanted["status"] = _gravest(shown, problems)
    return {name: value for name, value in wanted.items() if record.own_fields.get(name) != value}


def _problems(shown: Shown, present: Sequence[str], company: str) -> list[str]:
    """Return the problem lines of a record after one of its companies has told its own."""
    if not company:
        return [shown.message] if shown.message else []
    told = [(line, COMPANY_LINE.match(line)) for line in present]
    others = [line for line, found in told if found and found["company"] != company]
    # A problem is told even where it has no text: its status is part of the line.
    is_told = shown.message or shown.status is not SyncStatus.IN_SYNC
    line = f"QuickBooks company {company}, {shown.status.value}: {shown.message or ''}"
    return sorted([*others, line] if is_told else others)


def _gravest(shown: Shown, problems: Sequence[str]) -> str:
    told = [found["status"] for line in problems if (found := COMPANY_LINE.match(line))]
    return max([shown.status.value, *told], key=lambda status: GRAVITY.get(status, 0))
