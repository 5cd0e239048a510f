"""What follows from invoices: deletion, void, sending, balances, stock, names."""

from decimal import Decimal

from tests.unit.simulators.quickbooks.books import invoice, line, owes, payment
from tests.unit.simulators.quickbooks.client import Client, code_of


def test_deleted_invoice_is_gone_and_says_who_deleted_it(client: Client) -> None:
    made = invoice(client)
    stub = {"Id": made["Id"], "SyncToken": "0"}

    stale = client.call("POST", "invoice", {**stub, "SyncToken": "9"}, operation="delete")
    gone = client.call("POST", "invoice", stub, operation="delete")
    again = client.call("POST", "invoice", stub, operation="delete")

    assert code_of(stale) == "5010"
    assert gone["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert "Another user has deleted" in again["Fault"]["Error"][0]["Detail"]
    assert client.query("select * from Invoice where CustomerRef = '3' and Balance > '0'") == {}
    assert owes(client) == (0, 0)


def test_void_invoice_is_worth_nothing_and_keeps_its_note(client: Client) -> None:
    made = invoice(client, line(100, Qty=2, UnitPrice=50), PrivateNote="ours")
    stub = {"Id": made["Id"], "SyncToken": "0"}

    void = client.call("POST", "invoice", stub, operation="void")["Invoice"]

    assert (void["TotalAmt"], void["Balance"], void["SyncToken"]) == (0, 0, "1")
    assert void["PrivateNote"] == "Voided - ours"
    assert void["Line"][0]["SalesItemLineDetail"]["Qty"] == 0
    assert owes(client) == (0, 0)


def test_void_reply_may_spell_its_enumerations_in_capitals(client: Client) -> None:
    client.admin("POST", "switches", {"void_reply_enums": "upper_snake"})
    made = invoice(client)
    item = {"bId": "a", "operation": "update", "optionsData": "void"}

    void = client.batch({**item, "Invoice": {"Id": made["Id"], "SyncToken": "0"}})[0]["Invoice"]

    assert void["PrintStatus"] == "NEED_TO_PRINT"
    assert void["Line"][0]["DetailType"] == "SALES_ITEM_LINE_DETAIL"
    assert client.read("Invoice", made["Id"])["PrintStatus"] == "NeedToPrint"


def test_sent_invoice_has_its_address_and_time(client: Client) -> None:
    made = invoice(client)

    nobody = client.call("POST", f"invoice/{made['Id']}/send")
    sent = client.call("POST", f"invoice/{made['Id']}/send", sendTo="a@b.example")["Invoice"]

    assert code_of(nobody) == "2020"
    assert (sent["EmailStatus"], sent["BillEmail"]) == ("EmailSent", {"Address": "a@b.example"})
    assert sent["DeliveryInfo"]["DeliveryType"] == "Email"
    assert sent["SyncToken"] == "1"


def test_estimate_is_closed_by_its_invoice_and_opened_again_without_it(client: Client) -> None:
    made = client.create("Estimate", CustomerRef={"value": "3"}, Line=[line()])
    link = {"TxnId": made["Id"], "TxnType": "Estimate"}
    billed = invoice(client, LinkedTxn=[link])

    closed = client.read("Estimate", made["Id"])
    client.call("POST", "invoice", {"Id": billed["Id"], "SyncToken": "0"}, operation="delete")
    opened = client.read("Estimate", made["Id"])

    assert (made["TxnStatus"], closed["TxnStatus"], opened["TxnStatus"]) == (
        *("Pending", "Closed", "Pending"),
    )
    assert closed["LinkedTxn"] == [{"TxnId": billed["Id"], "TxnType": "Invoice"}]
    assert "LinkedTxn" not in opened
    assert "Balance" not in made
    assert owes(client) == (0, 0)


def test_balances_of_a_job_count_for_its_parents_too(client: Client) -> None:
    before = owes(client, "7")

    invoice(client, line(50), customer="8")

    assert owes(client, "8") == (Decimal("527.5"), Decimal("527.5"))
    assert owes(client, "7") == (0, before[1] + 50)
    assert client.read("Customer", "7")["SyncToken"] == "0"


def test_customer_moved_under_another_parent_takes_its_balance_along(client: Client) -> None:
    client.update("Customer", Id="8", SyncToken="0", ParentRef={"value": "3"})

    assert owes(client, "7") == (0, 85)
    assert owes(client, "3") == (0, Decimal("477.5"))


def test_balance_moves_the_time_of_the_customer_but_not_its_token(client: Client) -> None:
    before = client.read("Customer", "3")
    client.app.clock.advance(60)

    invoice(client)

    after = client.read("Customer", "3")
    assert after["SyncToken"] == before["SyncToken"]
    assert after["MetaData"]["LastUpdatedTime"] > before["MetaData"]["LastUpdatedTime"]


def test_customer_who_owes_cannot_be_made_inactive_until_it_has_paid(client: Client) -> None:
    made = invoice(client)
    wish = {"Id": "3", "SyncToken": "0", "Active": False}

    refused = client.update("Customer", **wish)
    payment(client, 100, (100, made))

    assert code_of(refused) == "6220"
    assert client.update("Customer", **wish)["Active"] is False


def test_names_in_documents_follow_a_rename(client: Client) -> None:
    made = invoice(client)
    client.update("Customer", Id="3", SyncToken="0", DisplayName="Hot Cars")
    client.update("Item", Id="1", SyncToken="0", Name="Work")

    row = client.read("Invoice", made["Id"])

    assert row["CustomerRef"]["name"] == "Hot Cars"
    assert row["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"] == "Work"
    assert row["SyncToken"] == "0"


def test_sold_stock_goes_and_comes_back(client: Client) -> None:
    made = invoice(client, line(550, item="5", Qty=2, UnitPrice=275))
    left = client.read("Item", "5")["QtyOnHand"]
    client.call("POST", "invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    early = invoice(client, line(275, item="5"), TxnDate="2025-01-01")

    assert (left, client.read("Item", "5")["QtyOnHand"]) == (0, 2)
    assert code_of(early) == "6270"
