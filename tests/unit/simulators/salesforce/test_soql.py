"""The query language: what each clause finds, and what is refused."""

import pytest

from tests.unit.simulators.salesforce.conftest import BASE, Client


@pytest.fixture
def people(client: Client) -> Client:
    """Three Accounts, of which one has two Contacts and one a name full of trouble."""
    acme = client.create(
        Name="Acme", Phone="1", NumberOfEmployees=10, External_Id__c="a", QuickBooks_Id__c="Ab"
    )
    client.salesforce.clock.advance(60)
    client.create(Name="O'Brien 100% \\ Sons_Ltd", NumberOfEmployees=200)
    client.create(Name="zebra", Phone="3")
    client.create("Contact", LastName="Bond", FirstName="John", AccountId=acme)
    client.create("Contact", LastName="Adams", Email="adams@acme.example", AccountId=acme)
    client.create("Contact", LastName="Lonely")
    return client


TROUBLE = "O'Brien 100% \\ Sons_Ltd"


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Name = 'ACME'", ["Acme"]),
        ("name != 'acme'", [TROUBLE, "zebra"]),
        ("Name <> 'acme' AND Phone = null", [TROUBLE]),
        ("Phone != null", ["Acme", "zebra"]),
        ("Phone != '1'", [TROUBLE, "zebra"]),
        ("Phone = ''", [TROUBLE]),
        ("NumberOfEmployees > 10", [TROUBLE]),
        ("NumberOfEmployees >= 10", ["Acme", TROUBLE]),
        ("NumberOfEmployees < 200", ["Acme"]),
        ("Name > 'acme'", [TROUBLE, "zebra"]),
        ("Name IN ('acme', 'ZEBRA')", ["Acme", "zebra"]),
        ("Name NOT IN ('acme', 'ZEBRA')", [TROUBLE]),
        ("Name LIKE 'a%'", ["Acme"]),
        ("Name LIKE '_cme'", ["Acme"]),
        (r"Name LIKE '%100\% %'", [TROUBLE]),
        (r"Name LIKE '%s\_l%'", [TROUBLE]),
        (r"Name LIKE '%\\ %'", [TROUBLE]),
        (r"Name = 'O\'Brien 100% \\ Sons_Ltd'", [TROUBLE]),
        ("NOT Name LIKE 'a%'", [TROUBLE, "zebra"]),
        ("(NOT Name = 'acme') AND Phone = '3'", ["zebra"]),
        ("Name = 'zebra' OR Name = 'acme'", ["Acme", "zebra"]),
        ("Phone = '1' AND (Name = 'zebra' OR Name = 'acme')", ["Acme"]),
        ("IsDeleted = false", ["Acme", TROUBLE, "zebra"]),
        ("CreatedDate < 2026-11-22T12:01:00Z", ["Acme"]),
        ("CreatedDate >= 2026-11-22T13:01:00+01:00", [TROUBLE, "zebra"]),
        ("External_Id__c = 'A'", ["Acme"]),
        ("QuickBooks_Id__c = 'AB'", []),
        ("QuickBooks_Id__c = 'AB' OR Name = 'zebra'", ["zebra"]),
        ("QuickBooks_Id__c IN ('Ab', null)", ["Acme", TROUBLE, "zebra"]),
        ("Owner.Name = 'integration user'", ["Acme", TROUBLE, "zebra"]),
        ("Parent.Name = null", ["Acme", TROUBLE, "zebra"]),
        ("Account.Name = 'acme'", ["Acme"]),
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName = 'bond')", ["Acme"]),
        ("Id NOT IN (SELECT AccountId FROM Contact)", [TROUBLE, "zebra"]),
    ],
)
def test_condition_finds(people: Client, where: str, found: list[str]) -> None:
    assert people.names("SELECT Name FROM Account WHERE", where, "ORDER BY Name") == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("Name", ["Acme", TROUBLE, "zebra"]),
        ("Name DESC", ["zebra", TROUBLE, "Acme"]),
        ("Phone, Name", [TROUBLE, "Acme", "zebra"]),
        ("Phone NULLS LAST, Name", ["Acme", "zebra", TROUBLE]),
        ("Phone DESC NULLS LAST", ["zebra", "Acme", TROUBLE]),
        ("CreatedDate DESC, Name DESC", ["zebra", TROUBLE, "Acme"]),
        ("Name LIMIT 1", ["Acme"]),
        ("Name LIMIT 5 OFFSET 1", [TROUBLE, "zebra"]),
    ],
)
def test_order_is(people: Client, order: str, found: list[str]) -> None:
    assert people.names("SELECT Name FROM Account ORDER BY", order) == found


def test_record_is_found_by_long_and_by_short_id(people: Client) -> None:
    record_id = people.ids("SELECT Id FROM Account WHERE Name = 'Acme'")[0]

    for given in (record_id, record_id[:15]):
        assert people.ids("SELECT Id FROM Account WHERE Id =", f"'{given}'") == [record_id]


def test_children_and_parents_are_nested_and_null_where_there_is_none(people: Client) -> None:
    accounts = people.query(
        "SELECT Name, (SELECT FirstName, LastName FROM Contacts ORDER BY LastName LIMIT 1)"
        " FROM Account ORDER BY Name"
    ).value["records"]
    contacts = people.query(
        "SELECT Account.Name, Account.Owner.Name FROM Contact ORDER BY LastName"
    ).value["records"]

    assert [record["Contacts"] and record["Contacts"]["totalSize"] for record in accounts] == [
        1,
        None,
        None,
    ]
    assert accounts[0]["Contacts"]["done"] is True
    assert accounts[0]["Contacts"]["records"][0]["LastName"] == "Adams"
    assert accounts[0]["Contacts"]["records"][0]["attributes"]["type"] == "Contact"
    assert contacts[0]["Account"]["Name"] == "Acme"
    assert contacts[0]["Account"]["Owner"]["Name"] == "Integration User"
    assert contacts[2]["Account"] is None


def test_shown_are_the_selected_fields_in_their_order(people: Client) -> None:
    record = people.query("SELECT phone, NAME FROM Account LIMIT 1").value["records"][0]

    assert list(record) == ["attributes", "Phone", "Name"]


def test_count_has_no_rows_and_count_of_a_field_has_one(people: Client) -> None:
    everything = people.query("SELECT COUNT() FROM Account").value
    phones = people.query("SELECT COUNT(Phone), COUNT(Id) accounts FROM Account").value

    assert everything == {"totalSize": 3, "done": True, "records": []}
    assert phones["records"] == [
        {"attributes": {"type": "AggregateResult"}, "expr0": 2, "accounts": 3}
    ]


def test_deleted_records_are_found_by_query_all_alone(people: Client) -> None:
    record_id = people.ids("SELECT Id FROM Account WHERE Name = 'Acme'")[0]
    people.call("DELETE", f"sobjects/Account/{record_id}")

    soql = "SELECT Name, IsDeleted, (SELECT LastName FROM Contacts) FROM Account WHERE Id = '{}'"
    here = people.query(soql.format(record_id)).value
    everywhere = people.query(soql.format(record_id), "queryAll").value

    assert here["totalSize"] == 0
    assert everywhere["records"][0]["IsDeleted"] is True
    assert everywhere["records"][0]["Contacts"]["totalSize"] == 2


def test_pages_follow_one_another_by_their_locator(client: Client) -> None:
    for number in range(450):
        client.create(Name=f"N{number:03}")

    page = client.query(
        "SELECT Name FROM Account ORDER BY Name", Sforce_Query_Options="batchSize=200"
    )
    names = [record["Name"] for record in page.value["records"]]
    client.create(Name="A0")
    sizes = [len(page.value["records"])]
    while not page.value["done"]:
        assert page.value["nextRecordsUrl"].startswith(f"{BASE}/query/0r8")
        page = client.call(
            "GET", page.value["nextRecordsUrl"], Sforce_Query_Options="batchSize=200"
        )
        names += [record["Name"] for record in page.value["records"]]
        sizes.append(len(page.value["records"]))

    assert sizes == [200, 200, 50]
    assert page.value["totalSize"] == 450
    assert "nextRecordsUrl" not in page.value
    assert names == [f"N{number:03}" for number in range(450)]


def test_locator_that_is_not_known_is_refused(client: Client) -> None:
    assert client.error(client.call("GET", "query/01gRO0000016PIAYA2-2000")) == (
        "INVALID_QUERY_LOCATOR"
    )


@pytest.mark.parametrize(
    ("soql", "code", "says"),
    [
        ("SELECT Id FORM Account", "MALFORMED_QUERY", "unexpected token: 'FORM'"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Account WHERE Name = 'a", "MALFORMED_QUERY", "unexpected token: '''"),
        ("SELECT Id FROM Account WHERE Name = 'O'Brien'", "MALFORMED_QUERY", "Brien"),
        ("SELECT Id FROM Account WHERE Name IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
        (
            "SELECT Id FROM Account WHERE Phone = '1' AND Name = 'a' OR Name = 'b'",
            "MALFORMED_QUERY",
            "unexpected token: 'OR'",
        ),
        (r"SELECT Id FROM Account WHERE Name = '\x'", "MALFORMED_QUERY", "escape"),
        ("SELECT Id FROM Account GROUP BY Name", "MALFORMED_QUERY", "must be grouped"),
        ("SELECT FullName FROM Account", "INVALID_FIELD", "No such column 'FullName' on entity"),
        ("SELECT Boss.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship"),
        ("SELECT Id FROM Account WHERE Description = 'a'", "INVALID_FIELD", "can not be filtered"),
        (
            "SELECT Id FROM Account ORDER BY QuickBooks_Sync_Message__c",
            "INVALID_FIELD",
            "can not be sorted",
        ),
        ("SELECT Id FROM Account WHERE Name = 1", "INVALID_FIELD", "must be of type string"),
        (
            "SELECT Id FROM Account WHERE CreatedDate > '2026-01-01T00:00:00Z'",
            "INVALID_FIELD",
            "must be of type dateTime and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Account WHERE Id = 'abc'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid ID field: abc",
        ),
        ("SELECT Id FROM Accout", "INVALID_TYPE", "sObject type 'Accout' is not supported"),
        ("SELECT (SELECT Id FROM Friends) FROM Account", "INVALID_TYPE", "relationship 'Friends'"),
    ],
)
def test_query_is_refused(client: Client, soql: str, code: str, says: str) -> None:
    answer = client.query(soql)

    assert answer.status == 400
    assert client.error(answer) == code
    assert says in answer.value[0]["message"]
