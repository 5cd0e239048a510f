"""The people of an org, and the sample company it starts with."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from local.simulators.salesforce import ids
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.validation import accept_new

_COMPANY = Path(__file__).with_name("sample_company.json")
_AGE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class People:
    """The users of an org: the app's own one, and a person who works in the pages."""

    integration_id: str
    person_id: str


def add_people(org: Org, integration_username: str) -> People:
    """Add the organization and its users, as if they had always been there."""
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
    _settle(org)
    return people


def add_company(org: Org, user_id: str) -> None:
    """Add the sample Accounts, each with its Contacts, as a person would have typed them."""
    account, contact = org.schema.objects["Account"], org.schema.objects["Contact"]
    for entry in json.loads(_COMPANY.read_text(encoding="utf-8")):
        contacts: list[dict[str, Any]] = entry.pop("Contacts", [])
        account_id = org.insert(account, accept_new(org, account, entry), user_id)
        for each in contacts:
            values = accept_new(org, contact, {**each, "AccountId": account_id})
            org.insert(contact, values, user_id)
    _settle(org)


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
