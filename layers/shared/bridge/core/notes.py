"""Notes: what people read of a value that was replaced."""

from collections.abc import Sequence
from decimal import Decimal

from bridge.core.mapping import EntityMapping, FieldMapping
from bridge.core.merge import Loss
from bridge.core.messages import NOTE
from bridge.model import System, Value

BEGINNING = 100
SYSTEM_NAMES = {System.SALESFORCE: "Salesforce", System.QUICKBOOKS: "QuickBooks"}


def loss_notes(losses: Sequence[Loss], mapping: EntityMapping) -> tuple[str, ...]:
    """Return a line for each value of a person that was replaced, so that nobody's edit
    vanishes.
    """
    return tuple(f"{NOTE}{_told_loss(loss, mapping.field_named(loss.field))}" for loss in losses)


def _told_loss(loss: Loss, mapped: FieldMapping) -> str:
    if mapped.lines is not None and mapped.is_only_told:
        return f"{mapped.label} come from QuickBooks. What was edited here was put back."
    what = (
        f"{mapped.label} comes from QuickBooks"
        if mapped.is_only_told
        else (f"{mapped.label} was changed on both sides")
    )
    had = f"{SYSTEM_NAMES[loss.system]} had {_shown(loss.value)}"
    return f"{what}. Kept {_begun(loss.kept)}; {had}."


def _begun(value: Value) -> str:
    """Return the beginning of a value that can be read in full elsewhere."""
    is_long = isinstance(value, str) and len(value) > BEGINNING
    return _shown(f"{str(value)[:BEGINNING]}..." if is_long else value)


def _shown(value: Value) -> str:
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return "nothing" if value is None else f'"{text}"'.replace("\n", ", ")
