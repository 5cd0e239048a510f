"""What a world is like, all drawn from its seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any

# Each fault, and how likely it is wherever it can happen, in a world that has it.
FAULTS: Mapping[str, float] = {
    # a call to a vendor
    "connection refused": 0.03,
    "lost before effect": 0.03,
    "lost after effect": 0.04,
    "late effect": 0.03,
    "answer cut off": 0.03,
    "429 with Retry-After": 0.02,
    "429 without Retry-After": 0.02,
    "500": 0.02,
    "503 in HTML": 0.02,
    "fault in XML": 0.02,
    "5xx after effect": 0.03,
    "token expired": 0.02,
    "batch broken off": 0.05,
    "row locked": 0.05,
    "refused by validation": 0.03,
    # a call to a store
    "store fails before effect": 0.02,
    "store fails after effect": 0.02,
    "store repeats a call": 0.04,
    "queue refuses": 0.03,
    "queue takes unseen": 0.03,
    "secret read stale": 0.2,
    # a worker
    "killed": 0.01,
    "killed in its last millisecond": 0.15,
    "frozen": 0.01,
    # a message
    "delivered twice": 0.1,
    "delivered after deletion": 0.05,
    "poison": 0.0,
    # a webhook
    "webhook lost": 0.05,
    "webhook repeated": 0.1,
    "webhooks reordered": 0.2,
    "webhook delayed by days": 0.02,
    "receiver killed": 0.05,
    # a grant
    "grant revoked": 0.15,
    "refresh token rotated by somebody else": 0.15,
}
# Faults that take a change out of the world: only a later look at everything finds it again.
LOSING = ("webhook lost", "refused by validation", "grant revoked")
# Faults after which nobody knows what has been done.
LOSING_ANSWERS = (
    "answer cut off",
    "batch broken off",
    "killed",
    "late effect",
    "lost after effect",
    "store fails after effect",
    "store fails before effect",
)
# What people do most: fight over one record, add records, sell, a bit of everything, or meddle with
# what is just being made.
PROFILES: Mapping[str, float] = {
    "duel": 0.3,
    "linking": 0.44,
    "selling": 0.6,
    "collecting": 0.74,
    "mixed": 0.82,
    "meddling": 1.0,
}
# Behaviour of the vendors that nobody is sure of, set the other way.
QUICKBOOKS_SWITCHES: Sequence[tuple[str, Any]] = (
    ("deleted_suffix", False),
    ("deactivation_event", "deleted"),
    ("name_case_sensitive", True),
    ("names_trimmed", False),
    ("requestid_honoured", False),
    ("requestid_changed_body", "refused"),
    ("faults_replayed_by_requestid", True),
    ("batch_repeat", "fault_6000"),
    ("row_order", "id"),
    ("empty_query", "paged"),
    ("values_normalised", True),
    ("throttle_format", "as_asked"),
    ("old_refresh_token", "grace"),
    ("event_time_digits", 3),
    ("event_data", "absent"),
    ("event_payload", "legacy"),
    ("merge_raises_documents", True),
    ("payment_emits_invoice_updated", False),
    ("balance_moves_time", False),
    ("delete_of_paid_invoice", "refused"),
    ("payment_voided_by_operation", True),
)
# Those of them that are about a call sent again.
REPEATS = tuple(each for each in QUICKBOOKS_SWITCHES if "repeat" in each[0] or "request" in each[0])
SALESFORCE_SWITCHES: Sequence[tuple[str, Any]] = (
    ("conditional_stamp", "SystemModstamp"),
    ("precondition_code", "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK"),
    ("get_deleted_answer", "NOT_FOUND"),
    ("unknown_id_on_write", "NOT_FOUND"),
    ("deleted_external_id_blocks_reuse", True),
    ("empty_text_is_null", False),
    ("values_normalised", True),
    ("roll_up_moves_last_modified", False),
)


@dataclass(frozen=True)
class Options:
    """The options of one world; `forced` names those that a profile has set."""

    seed: int
    profile: str = "mixed"
    realms: int = 2
    workers: int = 3
    pairs: int = 6
    actions: int = 26
    minutes: float = 12.0
    # How many records of a kind there are before nobody adds more of them.
    enough: Mapping[str, int] = field(
        default_factory=lambda: {"customer": 3, "vendor": 2, "item": 2}
    )
    most_messages: int = 6
    # How often a person acts at an I/O step of ours, and what share of the calls is slow.
    step_rate: float = 0.03
    slow_share: float = 0.0
    visibility_s: float = 360.0
    function_s: float = 60.0
    quickbooks_skew_s: float = 0.0
    salesforce_skew_s: float = 0.0
    query_lag_s: float = 0.0
    owner: str = ""
    # What a deleted Account does to its customer, where it is not as mapped.
    on_delete: str = ""
    deletes: bool = True
    renames: bool = True
    merges: bool = True
    twins: bool = True
    copies: bool = True
    families: bool = False
    asks_everything: bool = False
    faults: Mapping[str, float] = field(default_factory=dict)
    quickbooks: Mapping[str, Any] = field(default_factory=dict)
    salesforce: Mapping[str, Any] = field(default_factory=dict)

    @property
    def moves_silently(self) -> bool:
        """Say whether QuickBooks may move a document to another customer, or change its balance,
        without an event.
        """
        moves = self.merges and not self.quickbooks.get("merge_raises_documents", False)
        return moves or not self.quickbooks.get("payment_emits_invoice_updated", True)

    @classmethod
    def of(cls, seed: int, **forced: Any) -> "Options":
        """Draw the options of a seed; a profile may force some of them."""
        chance = Random(f"options {seed}")  # noqa: S311  a world, not a secret
        options = _drawn(cls(seed), chance)
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(forced) - known):
            raise ValueError(f"no option {', '.join(unknown)}")
        return replace(options, **forced)

    def told(self) -> str:
        """Return the options that differ from the plain ones, for people to read."""
        plain = Options(0)
        parts = []
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name in ("faults", "quickbooks", "salesforce", "enough"):
                value = ", ".join(
                    f"{k}" if each.name == "faults" else f"{k}={v}" for k, v in value.items()
                )
            if value not in (getattr(plain, each.name), ""):
                parts.append(f"{each.name}: {value}")
        return "; ".join(parts)


def _drawn(options: Options, chance: Random) -> Options:
    kind = chance.random()
    profile = next(name for name, share in PROFILES.items() if kind < share)
    kinds = chance.sample(sorted(set(FAULTS) - {"poison"}), chance.randint(8, 16))
    strength = chance.choice([0.15, 0.3, 0.6])
    asks = chance.random() < 0.5
    faults = {name: FAULTS[name] * strength for name in sorted(kinds) if asks or name not in LOSING}
    if asks and chance.random() < 0.2:
        faults["poison"] = 1.0
    drawn = replace(
        options,
        profile=profile,
        workers=chance.randint(3, 4),
        pairs=chance.randint(1, 2),
        actions=chance.randint(20, 22),
        minutes=chance.choice([3.0, 3.0, 8.0, 15.0]),
        enough={"customer": chance.randint(2, 3), "vendor": 1, "item": chance.randint(1, 2)},
        most_messages=chance.choice([1, 6, 10, 20, 20]),
        step_rate=chance.choice([0.0, 0.02, 0.05, 0.1]),
        slow_share=chance.choice([0.0, 0.05, 0.2]),
        visibility_s=chance.choice([30.0, 90.0, 360.0]),
        quickbooks_skew_s=chance.choice([0.0, 0.0, -40.0, 40.0, 2.5]),
        salesforce_skew_s=chance.choice([0.0, 0.0, -40.0, 40.0, -2.5]),
        query_lag_s=chance.choice([0.0, 0.0, 2.0, 10.0, 20.0]),
        owner=chance.choice(["", "", "", "manual"]),
        deletes=chance.random() < 0.5,
        renames=chance.random() < 0.7,
        merges=chance.random() < 0.3,
        twins=chance.random() < 0.6,
        copies=chance.random() < 0.4,
        asks_everything=asks,
        faults=faults,
        quickbooks=_flipped(QUICKBOOKS_SWITCHES, chance),
        salesforce=_flipped(SALESFORCE_SWITCHES, chance),
    )
    drawn = replace(drawn, asks_everything=asks or drawn.moves_silently)
    return _meddled(drawn, chance) if profile == "meddling" else drawn


def _meddled(options: Options, chance: Random) -> Options:
    """Return a world in which people act while ours works, and many an answer is lost."""
    answers = {name: 2 * FAULTS[name] for name in chance.sample(LOSING_ANSWERS, 3)}
    repeats = {name: value for name, value in REPEATS if chance.random() < 0.25}
    return replace(
        options,
        pairs=3,
        actions=26,
        minutes=3.0,
        step_rate=chance.choice([0.02, 0.05, 0.1]),
        slow_share=chance.choice([0.0, 0.05, 0.2]),
        query_lag_s=chance.choice([0.0, 10.0, 20.0]),
        deletes=True,
        merges=True,
        faults={**options.faults, **answers},
        quickbooks={**options.quickbooks, **repeats},
    )


def _flipped(switches: Sequence[tuple[str, Any]], chance: Random) -> dict[str, Any]:
    return {name: value for name, value in switches if chance.random() < 0.1}
