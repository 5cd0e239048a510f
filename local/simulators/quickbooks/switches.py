"""Settings of the stand-in where the original's behaviour is unsure, disputed or worth varying."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints


@dataclass(slots=True)
class Switches:
    """Each switch with its default; the README beside the simulators says what each one does."""

    deleted_suffix: bool = True
    deactivation_event: Literal["updated", "deleted"] = "updated"
    name_case_sensitive: bool = False
    names_trimmed: bool = True
    display_name_length: int = 500
    reactivated_name: Literal["restored", "kept"] = "restored"
    sub_customer_names: Literal["unique", "within_parent"] = "unique"
    blank_parent: Literal["cleared", "kept"] = "cleared"
    # Repeats
    requestid_honoured: bool = True
    requestid_kept_s: float = 0.0
    requestid_changed_body: Literal["first", "refused"] = "first"
    faults_replayed_by_requestid: bool = False
    batch_repeat: Literal["stored", "fault_6000"] = "stored"
    # Queries and change data capture
    query_lag_s: float = 0.0
    entity_case_sensitive: bool = False
    projections: Literal["honoured", "ignored"] = "honoured"
    private_note_queryable: bool = False
    id_order: Literal["number", "text"] = "number"
    row_order: Literal["observed", "id"] = "observed"
    too_many_rows: Literal["capped", "refused"] = "capped"
    empty_query: Literal["bare", "paged"] = "bare"
    longest_url: int = 0
    cdc_lag_s: float = 0.0
    cdc_inactive: Literal["full", "stub", "absent"] = "full"
    cdc_merged: Literal["stub", "absent"] = "stub"
    cdc_empty: Literal["each", "one"] = "each"
    # Limits
    throttling: Literal["measured", "enforced"] = "measured"
    requests_per_minute: int = 500
    requests_per_second: int = 10
    batches_per_minute: int = 40
    realm_batches_per_minute: int = 120
    emails_per_day: int = 0
    batch_item_weight: int = 0
    other_apps_per_minute: int = 0
    most_in_flight: int = 0
    refusals_count: bool = False
    retry_after_s: int = 0
    throttle_format: Literal["xml", "as_asked"] = "xml"
    monthly_quota: int = 0
    quota_blocks: Literal["reads", "all"] = "reads"
    # The rest
    latency_s: float = 0.0
    old_refresh_token: Literal["refused", "grace"] = "refused"
    reuse_revokes_grant: bool = False
    access_token_life_s: float = 3600.0
    refresh_rotation_age_s: float = 86400.0
    event_payload: Literal["cloudevents", "legacy"] = "cloudevents"
    event_time_digits: int = -1
    event_id: Literal["long", "uuid"] = "long"
    event_data: Literal["as_samples", "empty", "absent", "record"] = "as_samples"
    # Documents
    inactive_reference_code: Literal["2500", "610"] = "2500"
    balance_moves_time: bool = True
    payment_emits_invoice_updated: bool = True
    send_emits_updated: bool = False
    merge_raises_documents: bool = False
    warns_of_duplicate_numbers: bool = False
    sent_number_when_automatic: Literal["used", "replaced"] = "used"
    delete_of_paid_invoice: Literal["unlinks", "refused"] = "unlinks"
    void_reply_enums: Literal["camel", "upper_snake"] = "camel"
    void_note_separator: str = " - "
    payment_customer_must_match: bool = True
    payment_voided_by_operation: bool = False
    receipt_voided_by_operation: bool = True
    receipt_without_customer: Literal["taken", "refused"] = "taken"
    untracked_department: Literal["dropped", "kept", "refused"] = "dropped"
    bill_with_parent: Literal["moves_balance", "stays"] = "moves_balance"
    invoice_link: Literal["asked", "always"] = "asked"
    pdf_accept: Literal["heeded", "ignored"] = "heeded"
    missing_currency: Literal["refused", "customer"] = "refused"
    sent_total_tax: Literal["honoured", "ignored"] = "honoured"
    inclusive_amounts: Literal["net", "gross"] = "net"
    bundle_as_item: Literal["taken", "refused"] = "taken"
    disallowed_parts: Literal["refused", "ignored"] = "refused"
    customer_term_defaults: bool = False
    custom_field_length: int = 31
    values_normalised: bool = False

    def change(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Set switches by name and return them all.

        Raises:
            ValueError: a switch or a value that does not exist.
        """
        known = {each.name: _TYPES[each.name] for each in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise ValueError(f"no switch {name}; there are {', '.join(known)}")
            _check(name, known[name], value)
        for name, value in wanted.items():
            setattr(self, name, float(value) if known[name] is float else value)
        return asdict(self)

    def listing(self) -> dict[str, Any]:
        """Show every switch."""
        return asdict(self)


_TYPES = get_type_hints(Switches)


def _check(name: str, kind: Any, value: object) -> None:
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(f"{name} is one of {', '.join(get_args(kind))}")
        return
    if kind is float:
        float(str(value))
        return
    if type(value) is not kind:
        raise ValueError(f"{name} is a {kind.__name__}")
