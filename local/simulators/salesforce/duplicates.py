"""Duplicate rules: alerts that a caller may override, and blocks.

Salesforce: REST API Developer Guide, "Duplicate Rule Header"; a rule of the schema file is
`{"name", "match": [fields], "action": "alert" | "block", "message", "matchingRule", "engine"}`.
"""

from collections.abc import Mapping
from typing import Any

from local.simulators.salesforce.drafts import Draft
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.tables import Row

_MESSAGE = "You're creating a duplicate record. We recommend you use an existing record instead."


def _standard(kind: str, fields: list[str]) -> dict[str, Any]:
    return {
        "name": f"Standard_{kind}_Duplicate_Rule",
        "match": fields,
        "action": "alert",
        "matchingRule": f"Standard_{kind}_Match_Rule_v1_1",
        "engine": "FuzzyMatchEngine",
    }


# What the fuzzy rules of a new org come down to here: equal but for case and blanks.
_STANDARD = {
    "Account": [_standard("Account", ["Name"])],
    "Contact": [_standard("Contact", ["LastName", "FirstName", "Email"])],
}


class DuplicateError(ApiError):
    """A save that a duplicate rule stopped; the body tells of the records it found."""

    def __init__(self, rule: Mapping[str, Any], kind: str, found: list[Row]) -> None:
        super().__init__("DUPLICATES_DETECTED", rule.get("message", _MESSAGE), [])
        self._rule, self._kind, self._found = rule, kind, found

    def body(self, base: str = "") -> list[dict[str, Any]]:
        """Return the body of a single reply; the key with the slip of the pen is the real one."""
        match = {
            "entityType": self._kind,
            "errors": [],
            "matchEngine": self._rule.get("engine", "ExactMatchEngine"),
            "matchRecords": [self._shown(row, base) for row in self._found],
            "rule": self._rule.get("matchingRule", f"{self._rule['name']}_Match"),
            "size": len(self._found),
            "success": True,
        }
        result = {
            "allowSave": self._rule["action"] == "alert",
            "duplicateRule": self._rule["name"],
            "duplicateRuleEntityType": self._kind,
            "errorMessage": self.message,
            "matchResults": [match],
        }
        return [{"duplicateResut": result, "errorCode": self.code, "message": self.message}]

    def _shown(self, row: Row, base: str) -> dict[str, Any]:
        url = f"{base}/sobjects/{self._kind}/{row['Id']}"
        return {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {"attributes": {"type": self._kind, "url": url}, "Id": row["Id"]},
        }


def check(draft: Draft, allow_save: bool) -> None:
    """Refuse a record that a rule finds to be there already.

    Raises:
        DuplicateError: DUPLICATES_DETECTED.
    """
    object_type = draft.object_type
    rules = list(object_type.duplicate_rules)
    if draft.org.switches.standard_duplicate_rules:
        rules += _STANDARD.get(object_type.name, [])
    for rule in rules:
        is_overridden = allow_save and rule["action"] == "alert"
        if not is_overridden and draft.changes(*rule["match"]):
            found = _matches(draft, rule["match"])
            if found:
                raise DuplicateError(rule, object_type.name, found)


def _matches(draft: Draft, names: list[str]) -> list[Row]:
    wanted = _key(draft.whole(), names)
    if not any(wanted):
        return []
    own = draft.old["Id"] if draft.old else None
    rows = draft.org.rows(draft.object_type).values()
    others = (row for row in rows if row["Id"] != own and not row["IsDeleted"])
    return [row for row in others if _key(row, names) == wanted]


def _key(row: Row, names: list[str]) -> tuple[str, ...]:
    return tuple("".join(str(row[name] or "").lower().split()) for name in names)
