"""Creating and changing list records: what the server adds, keeps and refuses."""

import pytest

from local.simulators.quickbooks.app import QuickBooks, Setup
from tests.unit.simulators.quickbooks.client import Client, code_of


def test_new_customer_gets_what_the_server_fills_in(client: Client) -> None:
    made = client.create("Customer", GivenName="Ada", FamilyName="Byron", CompanyName="Engines")

    assert made["DisplayName"] == "Ada Byron"
    assert made["FullyQualifiedName"] == "Ada Byron"
    assert made["PrintOnCheckName"] == "Engines"
    assert made["SyncToken"] == "0"
    assert made["MetaData"]["CreateTime"] == "2026-11-22T04:00:00-08:00"
    assert (made["Active"], made["Job"], made["Balance"]) == (True, False, 0)
    assert made["PreferredDeliveryMethod"] == "Print"
    assert made["CurrencyRef"]["value"] == "USD"


def test_customers_vendors_and_employees_share_one_id_sequence(client: Client) -> None:
    ids = [
        client.create(each, DisplayName=f"One {each}")["Id"]
        for each in ("Customer", "Vendor", "Employee")
    ]

    assert ids == ["56", "57", "58"]


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee"])
def test_display_name_is_unique_over_customers_vendors_and_employees(
    client: Client, entity: str
) -> None:
    answer = client.create(entity, DisplayName="norton LUMBER and building materials")

    assert client.status == 400
    assert code_of(answer) == "6240"


def test_names_differing_in_case_may_live_together_if_the_switch_says_so(client: Client) -> None:
    client.admin("POST", "switches", {"name_case_sensitive": True})

    assert "Id" in client.create("Customer", DisplayName="COOL CARS")
    assert code_of(client.create("Customer", DisplayName="Cool Cars")) == "6240"


def test_blanks_around_a_name_do_not_make_another_name(client: Client) -> None:
    assert code_of(client.create("Customer", DisplayName="  Cool Cars ")) == "6240"


def test_refused_create_uses_up_no_id(client: Client) -> None:
    client.create("Customer", DisplayName="Cool Cars")

    assert client.create("Customer", DisplayName="Fresh")["Id"] == "56"


def test_stale_token_is_refused_with_5010_and_changes_nothing(client: Client) -> None:
    client.update("Customer", Id="3", SyncToken="0", Notes="first")

    answer = client.update("Customer", Id="3", SyncToken="0", Notes="second")

    assert (client.status, code_of(answer)) == (400, "5010")
    assert client.read("Customer", "3")["Notes"] == "first"


def test_update_without_a_token_is_refused(client: Client) -> None:
    assert code_of(client.update("Customer", Id="3", Notes="x")) == "2020"


def test_sparse_update_keeps_what_is_not_sent(client: Client) -> None:
    changed = client.update("Customer", Id="1", SyncToken="0", MiddleName="Mark")

    assert changed["MiddleName"] == "Mark"
    assert changed["PrimaryEmailAddr"] == {"Address": "Birds@Intuit.com"}
    assert (changed["SyncToken"], changed["sparse"]) == ("1", False)


def test_nested_object_is_replaced_whole_in_a_sparse_update(client: Client) -> None:
    changed = client.update("Customer", Id="1", SyncToken="0", BillAddr={"City": "Tucson"})

    assert changed["BillAddr"] == {"Id": "2", "City": "Tucson"}


def test_full_update_empties_what_is_not_sent(client: Client) -> None:
    body = {"Id": "1", "SyncToken": "0", "DisplayName": "Amy's Bird Sanctuary"}

    changed = client.call("POST", "customer", body)["Customer"]

    assert "PrimaryEmailAddr" not in changed
    assert "BillAddr" not in changed
    assert (changed["Balance"], changed["Active"]) == (239, True)


def test_empty_string_clears_a_field_but_never_the_display_name(client: Client) -> None:
    changed = client.update("Customer", Id="1", SyncToken="0", CompanyName="", DisplayName="")

    assert "CompanyName" not in changed
    assert changed["DisplayName"] == "Amy's Bird Sanctuary"


def test_read_only_attributes_are_ignored_without_a_word(client: Client) -> None:
    made = client.create(
        "Customer",
        DisplayName="A",
        FullyQualifiedName="B",
        Level=4,
        MetaData={"CreateTime": "2000-01-01"},
    )

    assert made["FullyQualifiedName"] == "A"
    assert "Level" not in made
    assert made["MetaData"]["CreateTime"].startswith("2026")


def test_opening_balance_counts_on_create_only(client: Client) -> None:
    made = client.create("Customer", DisplayName="Owes", Balance=10)

    changed = client.update("Customer", Id=made["Id"], SyncToken="0", Balance=0)

    assert changed["Balance"] == 10


@pytest.mark.parametrize(
    ("fields", "code", "element"),
    [
        ({"DisplayName": "x" * 501}, "2050", "DisplayName"),
        ({"DisplayName": "x", "BillAddr": {"PostalCode": "9" * 31}}, "2050", "BillAddr.PostalCode"),
        ({"DisplayName": "Parent:Child"}, "2040", "DisplayName"),
        ({"DisplayName": "x", "Colour": "red"}, "2010", None),
        ({"DisplayName": "x", "BillAddr": {"Street": "Main"}}, "2010", None),
        ({"DisplayName": "x", "PreferredDeliveryMethod": "Owl"}, "2170", "PreferredDeliveryMethod"),
        ({"DisplayName": "x", "SalesTermRef": {"value": "99"}}, "2500", "Reference Id"),
        (
            {"DisplayName": "x", "PrimaryEmailAddr": {"Address": "no"}},
            "2210",
            "PrimaryEmailAddr.Address",
        ),
        ({"DisplayName": "x", "Job": True}, "6150", "ParentRef"),
        ({"DisplayName": "x", "ParentRef": {"value": "1"}}, "6150", "ParentRef"),
        ({"CompanyName": "only this"}, "6080", ""),
    ],
)
def test_customer_that_breaks_a_rule_is_refused_with_its_code(
    client: Client, fields: dict[str, object], code: str, element: str | None
) -> None:
    answer = client.create("Customer", **fields)

    assert client.status == 400
    assert code_of(answer) == code
    assert answer["Fault"]["Error"][0].get("element") == element


def test_new_reference_to_an_inactive_record_is_refused(client: Client) -> None:
    client.update("Term", Id="4", SyncToken="0", Active=False)

    answer = client.create("Customer", DisplayName="x", SalesTermRef={"value": "4"})

    assert code_of(answer) == "2500"
    assert "made inactive" in answer["Fault"]["Error"][0]["Detail"]


def test_sub_customer_carries_the_path_of_its_parents(client: Client) -> None:
    made = client.create("Customer", DisplayName="Pond", Job=True, ParentRef={"value": "7"})
    client.update("Customer", Id="7", SyncToken="0", DisplayName="Sports")

    child = client.read("Customer", made["Id"])

    assert made["FullyQualifiedName"] == "Freeman Sporting Goods:Pond"
    assert made["Level"] == 1
    assert child["FullyQualifiedName"] == "Sports:Pond"
    assert child["SyncToken"] == "0"


def test_customers_nest_five_levels_and_no_more(client: Client) -> None:
    parent = "7"
    for level in range(1, 5):
        fields = {"Job": True, "ParentRef": {"value": parent}}
        parent = client.create("Customer", DisplayName=f"Level {level}", **fields)["Id"]

    answer = client.create("Customer", DisplayName="6", Job=True, ParentRef={"value": parent})

    assert code_of(answer) == "6180"


def test_parent_cannot_become_its_own_descendant(client: Client) -> None:
    answer = client.update("Customer", Id="7", SyncToken="0", Job=True, ParentRef={"value": "8"})

    assert code_of(answer) == "900"


def test_deactivation_marks_the_name_and_frees_it(client: Client) -> None:
    gone = client.update("Customer", Id="3", SyncToken="0", Active=False)

    assert gone["DisplayName"] == "Cool Cars (deleted)"
    assert gone["FullyQualifiedName"] == "Cool Cars (deleted)"
    assert gone["PrintOnCheckName"] == "Cool Cars"
    assert client.read("Customer", "3")["Active"] is False
    assert "Id" in client.create("Customer", DisplayName="Cool Cars")


def test_second_inactive_record_of_a_name_is_numbered(client: Client) -> None:
    client.update("Customer", Id="3", SyncToken="0", Active=False)
    again = client.create("Customer", DisplayName="Cool Cars")

    gone = client.update("Customer", Id=again["Id"], SyncToken="0", Active=False)

    assert gone["DisplayName"] == "Cool Cars (deleted 1)"


def test_without_the_suffix_an_inactive_record_keeps_its_name(client: Client) -> None:
    client.admin("POST", "switches", {"deleted_suffix": False})

    gone = client.update("Customer", Id="3", SyncToken="0", Active=False)

    assert gone["DisplayName"] == "Cool Cars"
    assert code_of(client.create("Customer", DisplayName="Cool Cars")) == "6240"


def test_reactivation_takes_the_suffix_away_unless_the_name_is_taken(client: Client) -> None:
    client.update("Customer", Id="3", SyncToken="0", Active=False)
    back = client.update("Customer", Id="3", SyncToken="1", Active=True)
    client.update("Customer", Id="3", SyncToken="2", Active=False)
    client.create("Customer", DisplayName="Cool Cars")

    clash = client.update("Customer", Id="3", SyncToken="3", Active=True)

    assert back["DisplayName"] == "Cool Cars"
    assert code_of(clash) == "6240"


def test_customer_with_a_balance_cannot_be_made_inactive_by_the_api(client: Client) -> None:
    answer = client.update("Customer", Id="1", SyncToken="0", Active=False)

    assert code_of(answer) == "6220"
    assert client.read("Customer", "1")["Active"] is True


def test_list_record_cannot_be_deleted(client: Client) -> None:
    answer = client.call("POST", "customer", {"Id": "3", "SyncToken": "0"}, operation="delete")

    assert (client.status, code_of(answer)) == (400, "500")


def test_unknown_id_is_610_and_no_number_is_2030(client: Client) -> None:
    assert code_of(client.read("Customer", "4711")) == "610"
    assert code_of(client.read("Customer", "abc")) == "2030"
    assert code_of(client.update("Customer", Id="4711", SyncToken="0")) == "610"


def test_company_info_is_read_under_the_realm_and_preferences_without_an_id(
    client: Client,
) -> None:
    assert client.read("CompanyInfo", "1")["Id"] == "1"
    assert "SalesFormsPrefs" in client.call("GET", "preferences")["Preferences"]


def test_item_needs_an_income_account_and_names_it(client: Client) -> None:
    refused = client.create("Item", Name="Garden Design", Type="Service")
    made = client.create(
        "Item", Name="Garden Design", Type="Service", IncomeAccountRef={"value": "1"}
    )

    assert code_of(refused) == "2020"
    assert made["IncomeAccountRef"] == {"value": "1", "name": "Services"}
    assert (
        code_of(
            client.create(
                "Item", Name="GARDEN design", Type="Service", IncomeAccountRef={"value": "1"}
            )
        )
        == "6240"
    )


def test_companies_know_nothing_of_each_other(app: QuickBooks) -> None:
    first, second = Client(app), Client(app, "2", "at-0-2")

    first.create("Customer", DisplayName="Only here")

    assert "Id" in second.create("Customer", DisplayName="Only here")
    assert second.read("Customer", "3")["SyncToken"] == "0"


def test_empty_company_keeps_accounts_and_terms() -> None:
    client = Client(QuickBooks(Setup(is_empty=True)))

    assert client.query("select count(*) from Customer") == {"totalCount": 0}
    assert client.query("select count(*) from Term") == {"totalCount": 5}
    assert client.create("Customer", DisplayName="First")["Id"] == "1"
