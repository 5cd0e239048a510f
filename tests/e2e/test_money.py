"""Money comes to Salesforce: a payment and a credit memo, applied to an invoice and taken back."""

from tests.e2e.world import World

DAY = "2026-11-20"


def act(live: World, action: str, entity: str, **details: object) -> str:
    """Let a person do something in QuickBooks; return the id of the record."""
    asked = {"realm": "1", "action": action, "entity": entity, **details}
    answer = live.stage.quickbooks.admin("person", asked)
    return str(dict(answer.get(entity, answer))["Id"])


def applied(**documents: str) -> list[dict[str, object]]:
    """Return the lines that apply 10 to documents."""
    return [
        {"Amount": 10, "LinkedTxn": [{"TxnId": each, "TxnType": kind}]}
        for kind, each in documents.items()
    ]


def test_payment_and_credit_memo_show_on_the_invoice_and_so_does_their_end(live: World) -> None:
    customer = live.stage.quickbooks.create(DisplayName="Lark Hill Dairy")["Id"]
    item = act(
        live,
        *("create", "Item"),
        fields={"Name": "Milk run", "Type": "Service", "IncomeAccountRef": {"value": "79"}},
    )
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": 30,
        "SalesItemLineDetail": {"ItemRef": {"value": item}, "Qty": 1, "UnitPrice": 30},
    }
    document = {"CustomerRef": {"value": customer}, "TxnDate": DAY, "Line": [line]}
    bill = act(live, "create", "Invoice", fields={**document, "DueDate": "2099-01-01"})
    credit = act(live, "create", "CreditMemo", fields=document)
    paid = {"CustomerRef": {"value": customer}, "TxnDate": DAY}
    payment = act(
        live, "create", "Payment", fields={**paid, "TotalAmt": 10, "Line": applied(Invoice=bill)}
    )
    lines = applied(Invoice=bill, CreditMemo=credit)
    act(live, "create", "Payment", fields={**paid, "TotalAmt": 0, "Line": lines})

    def row(name: str, quickbooks_id: str) -> dict[str, object]:
        entity = {"Invoice__c": "invoice", "Payment__c": "payment"}.get(name, "credit_memo")
        rows = live.stage.salesforce.admin(f"records/{name}")
        wanted = f"1:{entity}:{quickbooks_id}"
        return next((dict(each) for each in rows if each["QuickBooks_Id__c"] == wanted), {})

    def standing(name: str, quickbooks_id: str) -> tuple[object, object]:
        found = row(name, quickbooks_id)
        return found.get("Status__c"), found.get("Balance__c")

    live.until(lambda: standing("Invoice__c", bill) == ("Partly paid", 10), "what is still owed")
    live.until(lambda: row("Payment__c", payment).get("Status__c") == "Applied", "the payment")
    live.until(
        lambda: standing("Credit_Memo__c", credit) == ("Partly applied", 20), "the credit's rest"
    )
    live.stage.wait_for_quiet()
    applications = live.stage.salesforce.admin("records/Payment_Line__c")
    assert {each["Invoice__c"] for each in applications if each["Kind__c"] == "Invoice"} == {
        row("Invoice__c", bill)["Id"]
    }

    act(live, "delete", "Payment", id=payment)

    live.until(lambda: row("Payment__c", payment).get("Status__c") == "Deleted", "the deletion")
    live.until(lambda: standing("Invoice__c", bill) == ("Partly paid", 20), "the balance again")


def test_credit_that_is_paid_back_is_used_up_and_a_refund_receipt_changes_nothing(
    live: World,
) -> None:
    customer = live.stage.quickbooks.create(DisplayName="Finch Bakery")["Id"]
    kind = {"Type": "Service", "IncomeAccountRef": {"value": "79"}}
    item = act(live, "create", "Item", fields={"Name": "Oven repair", **kind})
    sold = {"ItemRef": {"value": item}, "Qty": 1, "UnitPrice": 30}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 30, "SalesItemLineDetail": sold}
    document = {"CustomerRef": {"value": customer}, "TxnDate": DAY, "Line": [line]}
    credit = act(live, "create", "CreditMemo", fields=document)

    def memo() -> dict[str, object]:
        rows = live.stage.salesforce.admin("records/Credit_Memo__c")
        wanted = f"1:credit_memo:{credit}"
        return next((dict(each) for each in rows if each["QuickBooks_Id__c"] == wanted), {})

    live.until(lambda: memo().get("Balance__c") == 30, "the credit memo")
    live.stage.wait_for_quiet()

    receipt = {**document, "DepositToAccountRef": {"value": "35"}}
    act(live, "create", "RefundReceipt", fields=receipt)
    act(live, "refund", "CreditMemo", id=credit, amount=12)

    live.until(lambda: memo()["Balance__c"] == 18, "what is left of the credit")
    live.stage.wait_for_quiet()
    assert (memo()["Status__c"], memo()["Total__c"]) == ("Partly applied", 30)
    kinds = {each["Kind__c"] for each in live.stage.salesforce.admin("records/Payment_Line__c")}
    assert "Check" in kinds
