"""Habits: deeds that people have in the worlds of some profiles alone."""

from decimal import Decimal

from tests.simulation.kinds import CUSTOMER, DEAL, ITEM, nested
from tests.simulation.meddlers import Meddlers


def retire_newest(people: Meddlers) -> bool:
    """Make the item inactive that was made last."""
    realm = people.realm()
    rows = people.customers(realm, ITEM)
    if not rows:
        return False
    newest = str(max(int(row["Id"]) for row in rows))
    return people.in_quickbooks("deactivate", realm, "Item", id=newest) is not None


def empty_the_org(people: Meddlers) -> bool:
    """Delete every account, once a dozen is linked."""
    rows = people.accounts()
    if sum(row["QuickBooks_Id__c"] is not None for row in rows) < 12:
        return False
    for row in rows:
        people.in_salesforce("delete", id=row["Id"])
    return True


def merge_into_newest(people: Meddlers) -> bool:
    """Merge an account into the one that was made last."""
    rows = people.accounts()
    if len(rows) < 2:
        return False
    loser = people.chance.choice(rows[:-1])
    return bool(people.in_salesforce("merge", id=loser["Id"], into=rows[-1]["Id"]))


def call_elsewhere(people: Meddlers) -> bool:
    """Change the mobile number of a customer in QuickBooks."""
    realm = people.realm()
    row = people.chosen(people.customers(realm))
    if row is None:
        return False
    fields = nested(CUSTOMER.fields["mobile"], people.new(), row)
    return people._update_there(realm, CUSTOMER, row, fields)


def change_primary(people: Meddlers) -> bool:
    """Make another contact the primary one of an account, perhaps without a mobile number."""
    row = people.chosen(people.accounts())
    if row is None:
        return False
    old = people.contact(row["Id"])
    number = people.chance.choice([people.new(), None])
    fields = {"AccountId": row["Id"], "LastName": "Ruiz", "MobilePhone": number}
    fields["Is_Primary__c"] = True
    people.in_salesforce("create", "Contact", fields=fields)
    # Of two the older one counts, until it is no longer marked.
    unmarked = {"Is_Primary__c": False}
    return old is not None and bool(
        people.in_salesforce("update", "Contact", id=old["Id"], fields=unmarked)
    )


def delete_product(people: Meddlers) -> bool:
    """Put a product into the bin."""
    return people.delete(ITEM)


def undelete_product(people: Meddlers) -> bool:
    """Take a product out of the bin."""
    return people.undelete(ITEM)


def price_product(people: Meddlers) -> bool:
    """Give a product another price, or its first."""
    row = people.chosen(people.accounts(ITEM))
    return row is not None and bool(people.set_price(row["Id"]))


def price_elsewhere(people: Meddlers) -> bool:
    """Give a product that has a price another one in a book beside the standard one."""
    org = people.salesforce.org
    books = org.rows(org.schema.objects["Pricebook2"]).values()
    beside = [each["Id"] for each in books if not each["IsStandard"]]
    web = {"Name": "Web", "IsActive": True}
    book = beside[0] if beside else people.in_salesforce("create", "Pricebook2", fields=web)
    row = people.chosen([each for each in people.accounts(ITEM) if people.entry(each["Id"])])
    return row is not None and bool(people.set_price(row["Id"], book))


def price_deal(people: Meddlers) -> bool:
    """Ask another price in a deal: the total follows, as it does not where a quantity changes."""
    deal = people.chosen(people.accounts(DEAL))
    lines = people._lines_of("OpportunityLineItem", "OpportunityId", deal["Id"]) if deal else []
    line = people.chosen(lines)
    return line is not None and people._set(
        "OpportunityLineItem", line["Id"], UnitPrice=people.price()
    )


def price_item(people: Meddlers) -> bool:
    """Give an item another price, at times with a fraction of a cent."""
    realm = people.realm()
    row = people.chosen(people.customers(realm, ITEM))
    fields = {"UnitPrice": people.tag() + people.chance.choice([Decimal(0), Decimal("0.004")])}
    return row is not None and people._update_there(realm, ITEM, row, fields)
