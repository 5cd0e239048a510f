from collections.abc import Iterator
from http import HTTPStatus

import pytest
import requests

from local.sight import Asked, Peek
from local.simulators.quickbooks.app import QuickBooks as QuickBooksStandIn
from local.simulators.salesforce.app import Salesforce as SalesforceStandIn
from local.simulators.server import Server
from local.systems import QuickBooks, RefusedError, Salesforce

COOL_CARS = "3"


@pytest.fixture
def quickbooks() -> Iterator[QuickBooks]:
    server = Server(QuickBooksStandIn().handle).start()
    yield QuickBooks(server.url)
    server.stop()


@pytest.fixture
def salesforce() -> Iterator[Salesforce]:
    stand_in = SalesforceStandIn()
    server = Server(stand_in.handle).start()
    stand_in.oauth.instance_url = server.url
    yield Salesforce(server.url)
    server.stop()


def read_by(token: str, quickbooks: QuickBooks) -> requests.Response:
    return requests.get(
        f"{quickbooks.url}/v3/company/1/customer/{COOL_CARS}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )


def test_peeking_and_asking_see_the_same(quickbooks: QuickBooks, salesforce: Salesforce) -> None:
    account_id = salesforce.create(Name="Harbor's Bakery", Phone="(415) 555-0100")
    salesforce.create("Contact", AccountId=account_id, LastName="Ruiz")
    customer_id = quickbooks.create(DisplayName="Harbor's Bakery")["Id"]

    for see in (Peek(salesforce, quickbooks), Asked(salesforce, quickbooks)):
        [account] = see.accounts_named("Harbor's Bakery")
        [customer] = see.customers_named("Harbor's Bakery")
        assert (account["Id"], customer["Id"]) == (account_id, customer_id)
        assert see.account(account_id) == account
        assert see.customer(customer_id) == customer
        assert [each["LastName"] for each in account["Contacts"]] == ["Ruiz"]


def test_calls_from_here_are_not_the_bridges(
    quickbooks: QuickBooks, salesforce: Salesforce
) -> None:
    see = Asked(salesforce, quickbooks)
    see.account("001dM000006laZUQAY")
    see.customers_named("Cool Cars")
    see.customer(COOL_CARS)

    assert not quickbooks.calls()
    assert not salesforce.calls()


def test_reads_from_here_leave_the_bridges_app_its_calls(quickbooks: QuickBooks) -> None:
    quickbooks.admin("switches", {"throttling": "enforced", "requests_per_second": 1})

    quickbooks.read(COOL_CARS)

    assert list(quickbooks.admin("limits")["realms"]["1"]["apps"]) == [quickbooks.client_id]
    assert read_by("at-0", quickbooks).status_code == HTTPStatus.OK


def test_what_a_person_does_is_no_write_of_the_bridge(
    quickbooks: QuickBooks, salesforce: Salesforce
) -> None:
    quickbooks.edit(COOL_CARS, Notes="Red cars only.")
    account_id = salesforce.create(Name="Blue Door")
    salesforce.edit(account_id, Phone="(415) 555-0101")
    salesforce.delete(account_id)

    assert (salesforce.writes(), quickbooks.writes()) == (0, 0)
    assert Peek(salesforce, quickbooks).account(account_id) is None


def test_refusal_of_a_system_is_quoted(quickbooks: QuickBooks) -> None:
    with pytest.raises(RefusedError, match="6240"):
        quickbooks.create(DisplayName="Cool Cars")
