"""Products, price books and their entries.

Salesforce: Object Reference, "Product2", "Pricebook2" and "PricebookEntry".
"""

from local.simulators.salesforce.drafts import Draft
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row


def before_entry(draft: Draft) -> None:
    """Complete an entry from its product, and see that the product has a standard price."""
    org, product, book = draft.org, draft.parent("Product2Id"), draft.parent("Pricebook2Id")
    if product is None or book is None:
        return
    draft.values |= {"Name": product["Name"], "ProductCode": product["ProductCode"]}
    standard = standard_entry(org, product["Id"])
    if not book["IsStandard"] and standard is None:
        text = "Before creating a custom price, create a standard price."
        raise ApiError("STANDARD_PRICE_NOT_DEFINED", text, [])
    if draft.is_new and entry_of(org, product["Id"], book["Id"]):
        text = "This price definition already exists in this price book"
        raise ApiError("DUPLICATE_VALUE", text, [])
    if draft["UseStandardPrice"] and standard is not None and not book["IsStandard"]:
        draft.values["UnitPrice"] = standard["UnitPrice"]


def before_book(draft: Draft) -> None:
    """Keep the name of the standard price book."""
    if draft.old and draft.old["IsStandard"] and draft.changes("Name"):
        text = "The name of the standard price book cannot be changed"
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", text, ["Name"])


def after_entry(org: Org, _old: Row | None, new: Row, user_id: str) -> None:
    """Carry a standard price to the entries that use it."""
    books, entries = org.schema.objects["Pricebook2"], org.schema.objects["PricebookEntry"]
    book = org.row(books, new["Pricebook2Id"])
    if book is None or not book["IsStandard"]:
        return
    for other in entries_of(org, new["Product2Id"]):
        if other["UseStandardPrice"] and other["Id"] != new["Id"]:
            org.recalculate(entries, other["Id"], {"UnitPrice": new["UnitPrice"]}, user_id)


def after_product(org: Org, old: Row | None, new: Row, _user_id: str) -> None:
    """Show the name and the code of a product on its entries; that moves no stamp of theirs."""
    if old is None or all(old[name] == new[name] for name in ("Name", "ProductCode")):
        return
    entries = org.schema.objects["PricebookEntry"]
    for entry in entries_of(org, new["Id"]):
        org.put(entries, {**entry, "Name": new["Name"], "ProductCode": new["ProductCode"]})


def entries_of(org: Org, product_id: str) -> list[Row]:
    """Return the live entries of a product."""
    entries = org.schema.objects["PricebookEntry"]
    found = org.having(entries, entries.fields["Product2Id"], product_id)
    return [row for row in found if not row["IsDeleted"]]


def entry_of(org: Org, product_id: str, book_id: str) -> Row | None:
    """Return the entry of a product in a price book."""
    found = entries_of(org, product_id)
    return next((row for row in found if row["Pricebook2Id"] == book_id), None)


def standard_entry(org: Org, product_id: str) -> Row | None:
    """Return the entry of a product in the standard price book."""
    book_id = standard_book(org)["Id"]
    return entry_of(org, product_id, book_id)


def standard_book(org: Org) -> Row:
    """Return the standard price book, of which every org has one."""
    books = org.rows(org.schema.objects["Pricebook2"])
    return next(row for row in books.values() if row["IsStandard"])
