"""Totals: whether a document comes to the same on both sides, to the cent."""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from bridge.core.canonical import canonical
from bridge.core.lines import lines_total
from bridge.core.mapping import EntityMapping
from bridge.core.merge import Merge
from bridge.core.own_lines import CENT, with_own_lines
from bridge.core.rules import Totals
from bridge.model import Record, Value, Values

DIFFER = "totals_differ"
# What QuickBooks calls the total of a document, tax included, and the tax in it.
TOTAL, TAX = "TotalAmt", "TxnTaxDetail.TotalTax"


@dataclass(frozen=True)
class Difference:
    """What a document comes to in QuickBooks and in Salesforce, where that is not the same."""

    quickbooks: Decimal
    salesforce: Decimal
    tax: Decimal
    is_with_tax: bool

    @property
    def words(self) -> str:
        """Return the amounts as people read them."""
        taxed = f", of which tax {self.tax:.2f}" if self.tax else ""
        there = f"{self.quickbooks:.2f}{taxed if self.is_with_tax else ' before tax'}"
        apart = abs(self.quickbooks - self.salesforce)
        return f"QuickBooks {there}; here {self.salesforce:.2f}; difference {apart:.2f}"


def difference(
    mapping: EntityMapping, salesforce: Record, quickbooks: Record | None, merged: Merge | None
) -> Difference | None:
    """Return by what the totals of a document differ, once what was merged is written.

    A QuickBooks record that was not read is as Salesforce tells it: both fields come from there
    alone. None also stands for a total that is not known.
    """
    totals = mapping.totals
    if totals is None:
        return None
    ours = _in_salesforce(mapping, totals, salesforce, merged)
    theirs, tax = _in_quickbooks(mapping, salesforce, quickbooks)
    if ours is None or theirs is None:
        return None
    if not totals.is_with_tax:
        theirs -= tax
    return None if ours == theirs else Difference(theirs, ours, tax, totals.is_with_tax)


def _in_quickbooks(
    mapping: EntityMapping, salesforce: Record, quickbooks: Record | None
) -> tuple[Decimal | None, Decimal]:
    paths = {each.name: each.quickbooks[0] for each in mapping.fields if each.lines is None}
    told = tuple(each for each in mapping.fields if paths.get(each.name) in (TOTAL, TAX))
    if quickbooks is not None:
        found: Values = {path: quickbooks.fields.get(path) for path in (TOTAL, TAX)}
    else:
        values = canonical(salesforce, replace(mapping, fields=told)).values
        found = {paths[name]: value for name, value in values.items()}
    return _cents(found[TOTAL]), _cents(found[TAX]) or Decimal(0)


def _in_salesforce(
    mapping: EntityMapping, totals: Totals, salesforce: Record, merged: Merge | None
) -> Decimal | None:
    """Return what a document comes to in Salesforce; its own total has yet to follow lines that
    are written there only now.
    """
    counted = tuple(each for each in mapping.fields if each.lines or each.line)
    written = {name: merged.values[name] for name in merged.to_salesforce} if merged else {}
    is_moved = any(each.name in written for each in counted)
    if totals.salesforce and not is_moved:
        return _cents(salesforce.fields.get(totals.salesforce))
    values = {**canonical(salesforce, replace(mapping, fields=counted)).values, **written}
    field = next(each for each in counted if each.lines)
    subtotal = lines_total(values[field.name], field.lines) if field.lines else Decimal(0)
    return with_own_lines(subtotal, values, mapping)


def _cents(value: Value) -> Decimal | None:
    return value.quantize(CENT, ROUND_HALF_UP) if isinstance(value, Decimal) else None
