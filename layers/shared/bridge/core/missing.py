"""Missing: fields that a mapping names beside those that travel, and that are not there."""

from collections.abc import Iterator
from difflib import get_close_matches

from bridge.core.sides import Side
from bridge.model import CHOICES
from bridge.schemas import ObjectSchema


def missing(side: Side, schema: ObjectSchema, path: str) -> str:
    """Say that an object has no such field, and what may be meant."""
    near = {name.casefold(): name for name in schema.fields}
    close = get_close_matches(path.casefold(), near, n=1, cutoff=0.75)
    advice = f"; is {near[close[0]]} meant?" if close else ""
    if side.is_salesforce and not close:
        advice = "; make it, or let the integration user see it"
    return f"{schema.name} has no field {path}{advice}"


def of_part_rules(side: Side) -> Iterator[tuple[str, str]]:
    """Judge the fields by which one of several parts is chosen, and those that a new one gets."""
    for part in side.mapping.persons if side.is_salesforce else ():
        schema, rule = side.objects.get(part), side.mapping.rule_of(part)
        if schema is None:
            continue
        named = {*dict(rule.choose), *dict(rule.among), *rule.constants} - {*CHOICES}
        for name in sorted(named - {*schema.fields}):
            # What follows a dot is a field of a record that the part names.
            if "." not in name:
                yield f"parts.{part}", missing(side, schema, name)
