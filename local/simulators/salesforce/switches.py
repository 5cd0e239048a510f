"""Behaviour of the platform that its documents leave open, or that differs between orgs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

_CHOICES = {
    "conditional_stamp": ("LastModifiedDate", "SystemModstamp"),
    "get_deleted_answer": ("ENTITY_IS_DELETED", "NOT_FOUND"),
    "unknown_id_on_write": ("INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"),
    "stamp_resolution": ("seconds",),
    "precondition_code": ("PRECONDITION_FAILED", "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK"),
    "amount_after_last_line": ("zero", "kept", "null"),
    "upsert_repeated_key": ("second", "both", "updates"),
    "refresh_token_rotation": ("never", "always"),
    "change_event_times": ("iso", "epoch"),
}


@dataclass(slots=True)
class Switches:
    """The switches and their defaults; what each is drawn from stands in local/README.md."""

    # What is answered
    conditional_stamp: str = "LastModifiedDate"
    precondition_code: str = "PRECONDITION_FAILED"
    upsert_honours_conditions: bool = False
    get_deleted_answer: str = "ENTITY_IS_DELETED"
    unknown_id_on_write: str = "INVALID_CROSS_REFERENCE_KEY"
    upsert_repeated_key: str = "second"
    # What is kept
    deleted_external_id_blocks_reuse: bool = False
    empty_text_is_null: bool = True
    values_normalised: bool = False
    amount_after_last_line: str = "zero"
    roll_up_moves_last_modified: bool = True
    standard_duplicate_rules: bool = False
    closed_won_blocks_account_delete: bool = False
    # Time
    stamp_resolution: str = "seconds"
    long_transaction_s: int = 0
    query_lag_s: int = 0
    latest_date_covered_lag_s: int = 0
    query_locator_life_s: int = 172_800
    session_life_s: int = 7200
    assertion_life_s: int = 300
    refresh_token_rotation: str = "never"
    # Limits and chance
    daily_request_limit: int = 100_000
    limit_enforced: bool = False
    token_calls_count: bool = False
    lock_rate: float = 0.0
    lock_seed: int = 1
    # Bulk and events
    bulk_polls_in_progress: int = 0
    bulk_empty_cell_is_null: bool = False
    client_name_in_collections: bool = False
    change_event_objects: str = "*"
    change_event_times: str = "iso"

    def set(self, changes: Mapping[str, Any]) -> None:
        """Set some switches.

        Raises:
            ValueError: no such switch, or a value that it cannot take.
        """
        known = {each.name: each.type for each in fields(self)}
        checked = {}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"no switch {name}; there are {', '.join(known)}")
            if name in _CHOICES and value not in _CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(_CHOICES[name])}")
            if known[name] is float and not isinstance(value, bool | str):
                value = float(value)
            if name not in _CHOICES and type(value) is not known[name]:
                raise ValueError(f"{name} takes a value like {getattr(self, name)!r}")
            checked[name] = value
        for name, value in checked.items():
            setattr(self, name, value)

    def listing(self) -> dict[str, Any]:
        """Show every switch."""
        return {each.name: getattr(self, each.name) for each in fields(self)}
