"""The people and settings of an org, and the sample company it starts with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from local.simulators.salesforce import ids
from local.simulators.salesforce.prices import standard_book, standard_entry
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.writing import insert

_COMPANY = Path(__file__).with_name("sample_company.json")
_SALES = Path(__file__).with_name("sample_sales.json")
_AGE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class People:
    """The users of an org: the app's own one, and a person who works in the pages."""

    integration_id: str
    person_id: str


def add_people(org: Org, integration_username: str) -> People:
    """Add the organization, its users and its settings, as if they had always been there."""
    user = org.schema.objects["User"]
    people = People(ids.make(user.prefix, 0), ids.make(user.prefix, 1))
    integration = ("Integration", "User", integration_username)
    person = ("Sam", "Seller", "sam.seller@example.com")
    for first, last, username in (integration, person):
        values = {"FirstName": first, "LastName": last, "Username": username, "Email": username}
        org.insert(user, values | {"IsActive": True}, people.person_id)
    organization = org.schema.objects["Organization"]
    made = org.insert(organization, _ORGANIZATION, people.person_id)
    row = org.rows(organization).pop(made)
    org.put(organization, {**row, "Id": org.org_id})
    books, stages = org.schema.objects["Pricebook2"], org.schema.objects["OpportunityStage"]
    standard = {"Name": "Standard Price Book", "IsStandard": True, "IsActive": True}
    org.insert(books, standard, people.person_id)
    for place, stage in enumerate(_STAGES, start=1):
        org.insert(stages, _stage(place, *stage), people.person_id)
    _settle(org)
    return people


def _stage(place: int, name: str, probability: int, category: str) -> dict[str, Any]:
    return {
        "MasterLabel": name,
        "ApiName": name,
        "IsActive": True,
        "SortOrder": place,
        "IsClosed": name.startswith("Closed"),
        "IsWon": name == "Closed Won",
        "ForecastCategory": category,
        "ForecastCategoryName": "Best Case" if category == "BestCase" else category,
        "DefaultProbability": probability,
    }


def add_company(org: Org, user_id: str) -> None:
    """Add the sample Accounts, each with its Contacts, as a person would have typed them."""
    account, contact = org.schema.objects["Account"], org.schema.objects["Contact"]
    accounts: dict[str, str] = {}
    for entry in json.loads(_COMPANY.read_text(encoding="utf-8")):
        contacts: list[dict[str, Any]] = entry.pop("Contacts", [])
        account_id = insert(org, account, entry, user_id)
        accounts[entry["Name"]] = account_id
        for each in contacts:
            insert(org, contact, {**each, "AccountId": account_id}, user_id)
    sales = json.loads(_SALES.read_text(encoding="utf-8"), parse_float=Decimal)
    codes = {each["ProductCode"]: _add_product(org, each, user_id) for each in sales["products"]}
    for each in sales["opportunities"]:
        _add_opportunity(org, each, accounts, codes, user_id)
    _settle(org)


def _add_product(org: Org, entry: dict[str, Any], user_id: str) -> str:
    price = entry.pop("UnitPrice")
    fields = {**entry, "IsActive": True}
    product_id = insert(org, org.schema.objects["Product2"], fields, user_id)
    book_id = standard_book(org)["Id"]
    fields = {"Product2Id": product_id, "Pricebook2Id": book_id, "UnitPrice": price}
    entries = org.schema.objects["PricebookEntry"]
    insert(org, entries, {**fields, "IsActive": True}, user_id)
    return product_id


def _add_opportunity(
    org: Org,
    entry: dict[str, Any],
    accounts: Mapping[str, str],
    codes: Mapping[str, str],
    user_id: str,
) -> None:
    lines, quote = entry.pop("lines", []), entry.pop("quote", None)
    account_id = accounts[entry.pop("Account")]
    fields = {**entry, "AccountId": account_id}
    opportunity_id = insert(org, org.schema.objects["Opportunity"], fields, user_id)
    priced = [(_entry_id(org, codes[each.pop("ProductCode")]), each) for each in lines]
    for entry_id, each in priced:
        line = {**each, "OpportunityId": opportunity_id, "PricebookEntryId": entry_id}
        insert(org, org.schema.objects["OpportunityLineItem"], line, user_id)
    if quote is None:
        return
    fields = {**quote, "OpportunityId": opportunity_id}
    quote_id = insert(org, org.schema.objects["Quote"], fields, user_id)
    for entry_id, each in priced:
        line = {**each, "QuoteId": quote_id, "PricebookEntryId": entry_id}
        insert(org, org.schema.objects["QuoteLineItem"], line, user_id)


def _entry_id(org: Org, product_id: str) -> str:
    entry = standard_entry(org, product_id)
    return entry["Id"] if entry else ""


def _settle(org: Org) -> None:
    org.settle(org.clock.now().replace(microsecond=0) - _AGE)


_ORGANIZATION = {
    "Name": "Harbor Trading Company",
    "Country": "US",
    "IsSandbox": False,
    "OrganizationType": "Enterprise Edition",
    "InstanceName": "NA1",
    "DefaultLocaleSidKey": "en_US",
    "TimeZoneSidKey": "America/Los_Angeles",
}
# The stages of a new org, with their probabilities and forecast categories.
_STAGES = (
    ("Prospecting", 10, "Pipeline"),
    ("Qualification", 10, "Pipeline"),
    ("Needs Analysis", 20, "Pipeline"),
    ("Value Proposition", 50, "Pipeline"),
    ("Id. Decision Makers", 60, "Pipeline"),
    ("Perception Analysis", 70, "Pipeline"),
    ("Proposal/Price Quote", 75, "Pipeline"),
    ("Negotiation/Review", 90, "Pipeline"),
    ("Closed Won", 100, "Closed"),
    ("Closed Lost", 0, "Omitted"),
)
