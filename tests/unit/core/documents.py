"""A small document and its mapping for tests of the core."""

from dataclasses import replace
from decimal import Decimal

from bridge.core.mapping import (
    DeletePolicy,
    Direction,
    EntityMapping,
    FieldMapping,
    LinesMapping,
    Owner,
)
from bridge.model import CrossReference, PairKey, PairState, Record, System, Value

KEY = PairKey("1", "invoice", "a01000000000001AAA")
ACCOUNT, PRODUCT, OTHER = "001000000000001AAA", "01t000000000001AAA", "01t000000000002AAA"
ITEM = "SalesItemLineDetail.ItemRef.value"
QTY, PRICE = "SalesItemLineDetail.Qty", "SalesItemLineDetail.UnitPrice"

LINES = LinesMapping(
    relationship="Invoice_Lines__r",
    parent="Invoice__c",
    number="Line_Number__c",
    amount="Amount",
    constants={"DetailType": "SalesItemLineDetail"},
    fields=(
        FieldMapping(
            "item",
            "Product",
            "Product__c",
            (ITEM,),
            "reference",
            is_required=True,
            reference="item",
        ),
        FieldMapping("quantity", "Quantity", "Quantity__c", (QTY,), "number", 7, is_required=True),
        FieldMapping("price", "Price", "Unit_Price__c", (PRICE,), "number", 7, is_required=True),
        FieldMapping("description", "Text", "Description__c", ("Description",), "lines", 20),
    ),
)
FIELD = FieldMapping(
    "lines",
    "Lines",
    "Invoice_Line__c",
    ("Line",),
    owner=Owner.MANUAL,
    direction=Direction.ONCE,
    is_required=True,
    lines=LINES,
)
MAPPING = EntityMapping(
    entity="invoice",
    salesforce="Invoice__c",
    quickbooks="Invoice",
    match_on="",
    on_delete=DeletePolicy.KEEP,
    is_document=True,
    fields=(
        FieldMapping(
            "customer",
            "Account",
            "Account__c",
            ("CustomerRef.value",),
            "reference",
            is_required=True,
            reference="customer",
        ),
        FieldMapping(
            "date", "Date", "Date__c", ("TxnDate",), "date", is_required=True, together=("due",)
        ),
        FieldMapping("due", "Due date", "Due_Date__c", ("DueDate",), "date"),
        FieldMapping("memo", "Memo", "Memo__c", ("CustomerMemo.value",), "lines", 100),
        FIELD,
    ),
)

Line = tuple[str | None, str | None, str | None]
ONE = (PRODUCT, "2", "12.5")


def number(text: str | None) -> Decimal | None:
    """Return a number, or nothing."""
    return None if text is None else Decimal(text)


def sf_line(line: Line, place: int | None = 1, **fields: Value) -> Record:
    """Return a line of a Salesforce invoice."""
    item, quantity, price = line
    values: dict[str, Value] = {
        "Line_Number__c": None if place is None else Decimal(place),
        "Product__c": item,
        "Quantity__c": number(quantity),
        "Unit_Price__c": number(price),
        "Description__c": None,
        **fields,
    }
    return Record(System.SALESFORCE, "Invoice_Line__c", f"a02{place}", "v", values)


def qb_line(line: Line, amount: str | None = None, **fields: Value) -> Record:
    """Return a line of a QuickBooks invoice; its item is named as it is once it is linked."""
    item, quantity, price = line
    product = Decimal(quantity or "1") * Decimal(price or "0")
    given: dict[str, Value] = {
        "DetailType": "SalesItemLineDetail",
        "Amount": product.quantize(Decimal("0.01")) if amount is None else Decimal(amount),
        ITEM: item,
        QTY: number(quantity),
        PRICE: number(price),
        **fields,
    }
    filled = {name: value for name, value in given.items() if value is not None}
    return Record(System.QUICKBOOKS, "Line", "1", "0", filled)


def invoice(*lines: Line, parts: tuple[Record, ...] | None = None, **fields: Value) -> Record:
    """Return a Salesforce invoice."""
    values = {"Account__c": ACCOUNT, "Date__c": "2026-11-20", **fields}
    written = tuple(sf_line(line, place) for place, line in enumerate(lines, 1))
    return Record(
        System.SALESFORCE,
        "Invoice__c",
        KEY.salesforce_id,
        "v",
        values,
        written if parts is None else parts,
    )


def bill(*lines: Line, parts: tuple[Record, ...] | None = None, **fields: Value) -> Record:
    """Return a QuickBooks invoice; underscores of named fields stand for dots."""
    values: dict[str, Value] = {"CustomerRef.value": ACCOUNT, "TxnDate": "2026-11-20"}
    values.update({name.replace("_", "."): value for name, value in fields.items()})
    written = tuple(qb_line(line) for line in lines)
    return Record(
        System.QUICKBOOKS, "Invoice", "7", "3", values, written if parts is None else parts
    )


def row(**changes: object) -> CrossReference:
    """Return the row of an invoice that is not linked."""
    return replace(CrossReference(KEY, revision=1, state=PairState.NEW, key_id="k1"), **changes)  # type: ignore[arg-type]
