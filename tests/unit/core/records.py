"""Small records and a small mapping for tests of the core."""

from collections.abc import Mapping
from dataclasses import replace

from bridge.core.decide import fingerprint_for
from bridge.core.decision import Pair
from bridge.core.fingerprint import Fingerprinter
from bridge.core.mapping import EntityMapping, FieldMapping, Owner
from bridge.model import CrossReference, PairKey, PairState, Record, System, Value

FINGERPRINTER = Fingerprinter("k1", b"a key for tests")
KEY = PairKey("1", "customer", "001000000000001AAA")

MAPPING = EntityMapping(
    entity="customer",
    salesforce="Account",
    quickbooks="Customer",
    match_on="name",
    fields=(
        FieldMapping("name", "Name", "Name", ("DisplayName",), "name", 100),
        FieldMapping(
            "email",
            "E-mail",
            "Contact.Email",
            ("PrimaryEmailAddr.Address",),
            "text",
            80,
            is_strong=True,
        ),
        FieldMapping(
            "phone",
            "Phone",
            "Phone",
            ("PrimaryPhone.FreeFormNumber",),
            "phone",
            30,
            owner=Owner.QUICKBOOKS,
            is_strong=True,
        ),
        FieldMapping("notes", "Description", "Description", ("Notes",), "lines", 20, is_lossy=True),
        FieldMapping("tier", "Tier", "Tier__c", ("ResaleNum",), "text", 16, owner=Owner.MANUAL),
    ),
)


def account(**fields: Value) -> Record:
    """Return an Account; `Email` goes to its Contact."""
    email = fields.pop("Email", None)
    contact = Record(System.SALESFORCE, "Contact", "003000000000001AAA", "v", {"Email": email})
    return Record(
        System.SALESFORCE, "Account", KEY.salesforce_id, "v", {"Name": "Acme", **fields}, (contact,)
    )


def customer(
    version: int = 3,
    fields: Mapping[str, Value] | None = None,
    *,
    is_active: bool = True,
    **named: Value,
) -> Record:
    """Return a Customer; underscores of named fields stand for the dots of nested ones."""
    given = {**(fields or {}), **named}
    flat = {name.replace("_", "."): value for name, value in given.items()}
    return Record(
        System.QUICKBOOKS,
        "Customer",
        "58",
        str(version),
        {"DisplayName": "Acme", **flat},
        is_active=is_active,
    )


def baseline(**values: Value) -> dict[str, str]:
    """Return the fingerprints of a baseline in which fields not named are empty."""
    base: dict[str, Value] = dict.fromkeys(MAPPING.names)
    base["name"] = "Acme"
    base.update(values)
    row = CrossReference(KEY)
    of = fingerprint_for(row, FINGERPRINTER)
    return {name: of(name, value) for name, value in base.items()}


def linked(base: Mapping[str, str] | None = None, **changes: object) -> CrossReference:
    """Return the row of a linked pair."""
    row = CrossReference(
        KEY,
        revision=4,
        state=PairState.LINKED,
        quickbooks_id="58",
        baseline=baseline() if base is None else base,
        token=3,
        seen=3,
        key_id="k1",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def pair(
    salesforce: Record | None, quickbooks: Record | None, row: CrossReference | None = None
) -> Pair:
    """Return a pair whose QuickBooks side has been read."""
    return Pair(linked() if row is None else row, salesforce, quickbooks)
