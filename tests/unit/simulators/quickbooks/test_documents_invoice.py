"""Invoices, estimates and credit memos: what is added, what is refused, what follows."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulators.quickbooks.books import invoice, line, owes, prefer
from tests.unit.simulators.quickbooks.client import Client, code_of


def test_update_keeps_the_ids_of_lines_and_replaces_the_whole_list(client: Client) -> None:
    made = invoice(client, line(10), line(20), line(30))
    second, third = made["Line"][1:3]

    changed = client.update(
        "Invoice",
        Id=made["Id"],
        SyncToken="0",
        Line=[third, {**second, "Amount": 25}, line(5), {**line(6), "Id": "77"}],
    )

    sold = [each for each in changed["Line"] if "Id" in each]
    assert [(each["Id"], each["LineNum"], each["Amount"]) for each in sold] == [
        ("3", 1, 30),
        ("2", 2, 25),
        ("4", 3, 5),
        ("5", 4, 6),
    ]
    assert changed["Line"][-1]["DetailType"] == "SubTotalLineDetail"
    assert (changed["TotalAmt"], changed["Balance"]) == (66, 66)


def test_sparse_update_without_lines_leaves_them(client: Client) -> None:
    made = invoice(client, line(10), CustomerMemo={"value": "Thanks"})

    changed = client.update("Invoice", Id=made["Id"], SyncToken="0", PrivateNote="ours")

    assert changed["Line"] == made["Line"]
    assert (changed["PrivateNote"], changed["CustomerMemo"]) == ("ours", {"value": "Thanks"})


def test_full_update_empties_the_note_and_dates_the_invoice_today(client: Client) -> None:
    made = invoice(client, PrivateNote="ours", TxnDate="2026-05-01")
    body = {"Id": made["Id"], "SyncToken": "0", "CustomerRef": {"value": "3"}, "Line": [line(7)]}

    changed = client.call("POST", "invoice", body)["Invoice"]

    assert "PrivateNote" not in changed
    assert (changed["TxnDate"], changed["DocNumber"]) == ("2026-11-22", made["DocNumber"])


@pytest.mark.parametrize(
    ("lines", "code", "element"),
    [
        ([], "2020", "Line"),
        ([{"Amount": 1, "SalesItemLineDetail": {}}], "2020", "Line.DetailType"),
        ([{"Amount": 1, "DetailType": "Sale"}], "2170", "Line.DetailType"),
        ([line(None)], "2020", "Line.Amount"),
        ([line(10, Qty=3, UnitPrice=3)], "6070", "Line.Amount"),
        ([line("ten")], "2080", "Line.Amount"),
        ([line(1, item="99")], "2500", "Reference Id"),
        ([line(1, TaxCodeRef={"value": "99"})], "2500", "Reference Id"),
        ([{**line(1), "Colour": "red"}], "2010", None),
        ([line(1, Colour="red")], "2010", None),
        ([{**line(1), "Description": "x" * 4001}], "2050", "Line.Description"),
    ],
)
def test_line_that_breaks_a_rule_is_refused_with_its_code(
    client: Client, lines: list[Any], code: str, element: str | None
) -> None:
    answer = client.create("Invoice", CustomerRef={"value": "3"}, Line=lines)

    assert code_of(answer) == code
    assert answer["Fault"]["Error"][0].get("element") == element
    assert owes(client) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"DocNumber": "1" * 22}, "2050"),
        ({"TotalAmount": 3}, "2010"),
        ({"CustomerRef": {"value": "4711"}}, "2500"),
        ({"CustomerRef": None}, "2020"),
        ({"EmailStatus": "NeedToSend"}, "2020"),
        ({"BillEmail": {"Address": "no"}}, "2210"),
        ({"TxnDate": "tomorrow"}, "2070"),
        ({"Deposit": 10}, "6000"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"LinkedTxn": [{"TxnId": "4711", "TxnType": "Estimate"}]}, "2500"),
        ({"CustomField": [{"DefinitionId": "1", "StringValue": "x" * 32}]}, "2050"),
    ],
)
def test_invoice_that_breaks_a_rule_is_refused_with_its_code(
    client: Client, fields: dict[str, Any], code: str
) -> None:
    answer = invoice(client, **{"customer": "3", **fields})

    assert code_of(answer) == code


def test_amount_is_compared_with_the_product_in_cents(client: Client) -> None:
    made = invoice(client, line(7.96, Qty=15, UnitPrice=0.5306667))

    assert made["TotalAmt"] == Decimal("7.96")


def test_line_without_an_item_is_documentation_and_does_not_count(client: Client) -> None:
    note = {"DetailType": "SalesItemLineDetail", "Amount": 9, "SalesItemLineDetail": {}}
    words = {"DetailType": "DescriptionOnly", "Description": "Thank you"}

    made = invoice(client, line(10), note, words)

    assert made["TotalAmt"] == 10
    assert made["Line"][2] == {
        "Id": "3",
        "LineNum": 3,
        "Description": "Thank you",
        "DetailType": "DescriptionOnly",
        "DescriptionLineDetail": {},
    }


def test_discount_stands_behind_the_subtotal_and_lowers_the_total(client: Client) -> None:
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"DiscountPercent": 10}}

    made = invoice(client, discount, line(305))

    assert made["Line"][1:] == [
        {"Amount": 305, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
        {
            "Amount": Decimal("30.5"),
            "DetailType": "DiscountLineDetail",
            "DiscountLineDetail": {
                "DiscountPercent": 10,
                "PercentBased": True,
                "DiscountAccountRef": {"value": "86", "name": "Discounts given"},
            },
        },
    ]
    assert made["TotalAmt"] == Decimal("274.5")


def test_discount_is_refused_or_taken_where_the_company_gives_none(client: Client) -> None:
    prefer(client, "SalesFormsPrefs", AllowDiscount=False)
    discount = {"DetailType": "DiscountLineDetail", "Amount": 1, "DiscountLineDetail": {}}

    refused = invoice(client, line(10), discount)
    client.admin("POST", "switches", {"disallowed_parts": "ignored"})
    taken = invoice(client, line(10), discount)

    assert code_of(refused) == "6000"
    assert taken["TotalAmt"] == 9


def test_category_cannot_be_sold_and_bundle_is_unfolded(client: Client) -> None:
    category = client.create("Item", Name="Garden", Type="Category")
    parts = [{"ItemRef": {"value": "5"}, "Qty": 1}, {"ItemRef": {"value": "10"}, "Qty": 2}]
    fields = {"Name": "Set", "Type": "Group", "ItemGroupDetail": {"ItemGroupLine": parts}}
    bundle = client.person("create", "Item", fields=fields)
    group = {"GroupItemRef": {"value": bundle["Id"]}, "Quantity": 3}

    refused = invoice(client, line(1, item=category["Id"]))
    made = invoice(client, {"DetailType": "GroupLineDetail", "GroupLineDetail": group})
    changed = client.update("Invoice", Id=made["Id"], SyncToken="0", PrivateNote="x")

    inside = made["Line"][0]["GroupLineDetail"]["Line"]
    assert code_of(refused) == "2500"
    assert [(each["Id"], each["Amount"]) for each in inside] == [("2", 825), ("3", 210)]
    assert (made["Line"][0]["Amount"], made["TotalAmt"]) == (0, 1035)
    assert (changed["Line"], changed["TotalAmt"]) == (made["Line"], 1035)


def test_bundle_in_the_place_of_an_item_is_a_line_like_any_other_unless_the_switch_refuses_it(
    client: Client,
) -> None:
    bundle = client.person("create", "Item", fields={"Name": "Set", "Type": "Group"})

    made = invoice(client, line(10, item=bundle["Id"]))
    client.admin("POST", "switches", {"bundle_as_item": "refused"})
    refused = invoice(client, line(10, item=bundle["Id"]))

    assert (made["TotalAmt"], made["Line"][0]["DetailType"]) == (10, "SalesItemLineDetail")
    assert code_of(refused) == "6000"


def test_inactive_references_are_refused_on_create_and_stand_on_update(client: Client) -> None:
    made = invoice(client, line(1, item="10"))
    client.update("Item", Id="10", SyncToken="0", Active=False)

    refused = invoice(client, line(1, item="10"))
    client.admin("POST", "switches", {"inactive_reference_code": "610"})
    other = invoice(client, line(1, item="10"))
    changed = client.update("Invoice", Id=made["Id"], SyncToken="0", PrivateNote="x")

    assert (code_of(refused), code_of(other)) == ("2500", "610")
    assert changed["PrivateNote"] == "x"


def test_due_date_follows_the_term_unless_it_is_sent(client: Client) -> None:
    day = "2026-11-20"
    plain = invoice(client, TxnDate=day)
    net15 = invoice(client, TxnDate=day, SalesTermRef={"value": "2"})
    own = invoice(client, TxnDate=day, SalesTermRef={"value": "2"}, DueDate="2027-01-31")
    term = client.create("Term", Name="5th", DayOfMonthDue=5, DueNextMonthDays=20)
    fifth = invoice(client, TxnDate=day, SalesTermRef={"value": term["Id"]})

    later = client.update("Invoice", Id=net15["Id"], SyncToken="0", TxnDate="2026-12-01")

    assert [each["DueDate"] for each in (plain, net15, own, fifth, later)] == [
        *("2026-12-20", "2026-12-05", "2027-01-31", "2027-01-05", "2026-12-16"),
    ]
    assert net15["SalesTermRef"] == {"value": "2", "name": "Net 15"}


def test_numbers_go_on_from_the_last_one_and_estimates_have_their_own(client: Client) -> None:
    first = invoice(client)
    own = invoice(client, DocNumber="2000")
    third = invoice(client)
    memo = client.create("CreditMemo", CustomerRef={"value": "3"}, Line=[line()])
    estimate = client.create("Estimate", CustomerRef={"value": "3"}, Line=[line()])

    numbers = [each["DocNumber"] for each in (first, own, third, memo, estimate)]
    assert numbers == ["1038", "2000", "2001", "2002", "1002"]


def test_number_stays_empty_where_people_choose_them(client: Client) -> None:
    prefer(client, "SalesFormsPrefs", CustomTxnNumbers=True)

    assert "DocNumber" not in invoice(client)
    assert invoice(client, DocNumber="A-1")["DocNumber"] == "A-1"


def test_duplicate_number_is_refused_only_with_the_warning_and_can_be_allowed(
    client: Client,
) -> None:
    assert invoice(client, DocNumber="1037")["DocNumber"] == "1037"
    client.admin("POST", "switches", {"warns_of_duplicate_numbers": True})
    body = {"CustomerRef": {"value": "3"}, "Line": [line()], "DocNumber": "1036"}

    refused = client.call("POST", "invoice", body)
    allowed = client.call("POST", "invoice", body, include="allowduplicatedocnum")
    item = {"bId": "a", "operation": "create", "Invoice": body}
    in_batch = client.batch({**item, "optionsData": "allowduplicatedocnum"}, item)

    assert code_of(refused) == "6140"
    detail = refused["Fault"]["Error"][0]["Detail"]
    assert detail.endswith("DocNumber=1036 is assigned to TxnType=Invoice with TxnId=129")
    assert allowed["Invoice"]["DocNumber"] == "1036"
    assert "Invoice" in in_batch[0]
    assert code_of(in_batch[1]) == "6140"


def test_own_addresses_get_their_ids_and_the_customers_keep_theirs(client: Client) -> None:
    made = invoice(client, customer="1", ShipAddr={"Line1": "1 Dock"})

    assert made["BillAddr"]["Id"] == client.read("Customer", "1")["BillAddr"]["Id"]
    assert made["ShipAddr"]["Id"] not in {made["BillAddr"]["Id"], made["ShipFromAddr"]["Id"]}
    assert made["ShipAddr"]["Line1"] == "1 Dock"


def test_custom_fields_are_those_of_the_company(client: Client) -> None:
    sent = [{"DefinitionId": "1", "StringValue": "42"}, {"DefinitionId": "2", "StringValue": "x"}]

    made = invoice(client, CustomField=sent)
    changed = client.update("Invoice", Id=made["Id"], SyncToken="0", PrivateNote="x")

    expected = [{"DefinitionId": "1", "Name": "Crew #", "Type": "StringType", "StringValue": "42"}]
    assert made["CustomField"] == changed["CustomField"] == expected


def test_deposit_lowers_the_balance_where_the_company_takes_them(client: Client) -> None:
    prefer(client, "SalesFormsPrefs", AllowDeposit=True)

    made = invoice(client, Deposit=40)

    assert (made["TotalAmt"], made["Balance"]) == (100, 60)
    assert owes(client) == (60, 60)


def test_closed_books_refuse_documents_of_their_time(client: Client) -> None:
    old = invoice(client, TxnDate="2026-06-30")
    prefer(client, "AccountingInfoPrefs", BookCloseDate="2026-06-30")
    stub = {"Id": old["Id"], "SyncToken": "0"}

    answers = [
        invoice(client, TxnDate="2026-06-30"),
        client.update("Invoice", **stub, TxnDate="2026-07-01"),
        client.call("POST", "invoice", stub, operation="void"),
        client.call("POST", "invoice", stub, operation="delete"),
    ]

    assert [code_of(each) for each in answers] == ["6210"] * 4
    assert "Id" in invoice(client, TxnDate="2026-07-01")


def test_foreign_document_has_its_rate_and_its_worth_at_home(client: Client) -> None:
    prefer(client, "CurrencyPrefs", MultiCurrencyEnabled=True)
    euro = {"value": "EUR", "name": "Euro"}
    made = client.create("Customer", DisplayName="Lyon", CurrencyRef=euro)["Id"]

    missing = invoice(client, customer=made)
    other = invoice(client, customer=made, CurrencyRef={"value": "USD"})
    good = invoice(client, customer=made, CurrencyRef=euro, ExchangeRate=1.25)

    assert (code_of(missing), code_of(other)) == ("2020", "6000")
    assert (good["TotalAmt"], good["HomeTotalAmt"], good["HomeBalance"]) == (100, 125, 125)
    assert good["CurrencyRef"]["value"] == "EUR"
