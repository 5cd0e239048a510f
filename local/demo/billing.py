"""The third part of the story: a deal that is won, its invoice, and the money that comes in."""

from decimal import Decimal

from local.demo.play import Play, Steps
from local.sight import Sight
from local.systems import Row
from local.trade import applied

DAY = "2026-11-20"
TERRACE, POTS = Decimal("480.00"), Decimal("12.50")
# Two terraces and ten pots.
TOTAL = 2 * TERRACE + 10 * POTS
PAID, CREDITED = Decimal("500.00"), Decimal("85.00")


def win_deal(play: Play) -> None:
    """A deal that is won becomes one invoice, with its customer and its products."""
    deal = _write_deal(play)
    play.tell("Sam wins a deal with two products that QuickBooks has never seen; then opens")
    play.tell("it again, and wins it once more.")
    for stage in ("Closed Won", "Negotiation/Review", "Closed Won"):
        play.stage.salesforce.edit(deal, "Opportunity", StageName=stage)

    def arrived(see: Sight) -> bool:
        [row] = see.documents("Opportunity", "Id", deal)
        return bool(row["QuickBooks_Invoice_Number__c"]) and row["QuickBooks_Total__c"] == TOTAL

    play.expect("the deal shows the number of its invoice, and what it comes to", arrived)
    play.settle()
    [row] = play.peek.documents("Opportunity", "Id", deal)
    bill = str(row["QuickBooks_Id__c"]).rpartition(":")[2]
    play.known |= {"deal": deal, "bill": bill}
    play.expect(
        "one invoice with both lines is in QuickBooks",
        lambda see: _sold(see, bill) == [(2, TERRACE), (10, POTS)] and len(_bills(play, deal)) == 1,
    )
    play.expect(
        "beside the deal stands an Invoice__c with the same lines",
        lambda see: [len(_lines(see, each)) for each in _invoices(see, deal)] == [2],
    )
    _show(play)


def pay_in_part(play: Play) -> None:
    """A part of the invoice is paid."""
    play.tell(f"Alex enters a payment of {PAID} for it.")
    _pay(play, PAID)

    rest = TOTAL - PAID
    play.expect("deal and invoice are partly paid", lambda see: _stands(see, play, rest))
    _show(play)


def give_credit(play: Play) -> None:
    """A credit memo is applied to the rest."""
    play.settle()
    bill = play.known["bill"]
    book = play.peek.book("Invoice", bill) or {}
    line = dict(book["Line"][1])
    line = {key: line[key] for key in ("DetailType", "SalesItemLineDetail")}
    line["SalesItemLineDetail"] = {"ItemRef": line["SalesItemLineDetail"]["ItemRef"]}
    play.tell(f"Some pots were broken: Alex credits {CREDITED} and applies it.")
    memo = play.stage.quickbooks.create(
        "CreditMemo",
        CustomerRef=book["CustomerRef"],
        TxnDate=DAY,
        Line=[{**line, "Amount": float(CREDITED)}],
    )
    lines = [applied(bill, float(CREDITED)), applied(memo["Id"], float(CREDITED), "CreditMemo")]
    play.stage.quickbooks.create(
        "Payment", CustomerRef=book["CustomerRef"], TxnDate=DAY, TotalAmt=0, Line=lines
    )

    play.expect(
        "the credit memo is in Salesforce, and used up",
        lambda see: (
            [each["Status__c"] for each in see.documents("Credit_Memo__c", *_named(memo, play))]
            == ["Applied"]
        ),
    )
    rest = TOTAL - PAID - CREDITED
    play.expect("the balance is lower by it", lambda see: _stands(see, play, rest))
    _show(play)


def pay_the_rest(play: Play) -> None:
    """The rest is paid."""
    play.settle()
    rest = TOTAL - PAID - CREDITED
    play.tell(f"Alex enters the rest, {rest}.")
    _pay(play, rest)

    play.expect("deal and invoice are paid", lambda see: _stands(see, play, Decimal(0), "Paid"))
    play.settle()
    _show(play)


def _write_deal(play: Play) -> str:
    salesforce = play.stage.salesforce
    book = next(row["Id"] for row in salesforce.records("Pricebook2") if row["IsStandard"])
    account = play.known["Harbor Bakery"]
    deal = salesforce.create(
        "Opportunity",
        Name="Terrace",
        AccountId=account,
        CloseDate=DAY,
        StageName="Prospecting",
        Pricebook2Id=book,
    )
    for name, quantity, price in (("Terrace table", 2, TERRACE), ("Clay pot", 10, POTS)):
        product = salesforce.create("Product2", Name=name, IsActive=True)
        entry = {"Pricebook2Id": book, "Product2Id": product, "IsActive": True}
        salesforce.create("PricebookEntry", UnitPrice=float(price), **entry)
        line = {"OpportunityId": deal, "Product2Id": product}
        salesforce.create("OpportunityLineItem", Quantity=quantity, UnitPrice=float(price), **line)
    return deal


def _pay(play: Play, amount: Decimal) -> None:
    bill = play.known["bill"]
    book = play.peek.book("Invoice", bill) or {}
    play.stage.quickbooks.create(
        "Payment",
        CustomerRef=book["CustomerRef"],
        TxnDate=DAY,
        TotalAmt=float(amount),
        PaymentMethodRef={"value": "2"},
        Line=[applied(bill, float(amount))],
    )


def _stands(see: Sight, play: Play, balance: Decimal, status: str = "Partly paid") -> bool:
    """Say whether deal, invoice and the books agree on what is left to pay."""
    deal, book = play.known["deal"], see.book("Invoice", play.known["bill"]) or {}
    [row] = see.documents("Opportunity", "Id", deal)
    shown = [(row["QuickBooks_Balance__c"], row["QuickBooks_Invoice_Status__c"])]
    shown += [(each["Balance__c"], each["Status__c"]) for each in _invoices(see, deal)]
    return book["Balance"] == balance and shown == [(balance, status)] * 2


def _show(play: Play) -> None:
    """Show the same invoice as both systems have it."""
    [row] = play.asked.documents("Opportunity", "Id", play.known["deal"])
    book = play.asked.book("Invoice", play.known["bill"]) or {}
    ours = (row["QuickBooks_Invoice_Number__c"], row["QuickBooks_Total__c"])
    play.screen.note(
        f"Salesforce: invoice {ours[0]}, {ours[1]:.2f}, {row['QuickBooks_Invoice_Status__c']},"
        f" to pay {row['QuickBooks_Balance__c']:.2f}"
    )
    play.screen.note(
        f"QuickBooks: invoice {book['DocNumber']}, {book['TotalAmt']:.2f},"
        f" to pay {book['Balance']:.2f}"
    )


def _sold(see: Sight, bill: str) -> list[tuple[int, Decimal]]:
    lines = (see.book("Invoice", bill) or {"Line": []})["Line"]
    details = [line["SalesItemLineDetail"] for line in lines if "SalesItemLineDetail" in line]
    return [(int(each["Qty"]), Decimal(str(each["UnitPrice"]))) for each in details]


def _bills(play: Play, deal: str) -> list[Row]:
    rows = play.stage.quickbooks.rows("Invoice")
    return [row for row in rows if deal in str(row.get("PrivateNote"))]


def _invoices(see: Sight, deal: str) -> list[Row]:
    return see.documents("Invoice__c", "Opportunity__c", deal)


def _lines(see: Sight, invoice: Row) -> list[Row]:
    return see.documents("Invoice_Line__c", "Invoice__c", invoice["Id"])


def _named(memo: Row, play: Play) -> tuple[str, str]:
    realm = play.stage.quickbooks.realm
    return "QuickBooks_Id__c", f"{realm}:credit_memo:{memo['Id']}"


STEPS: Steps = (
    ("A deal that is won becomes one invoice, however often it is won", win_deal),
    ("A part is paid", pay_in_part),
    ("A credit memo is applied", give_credit),
    ("The rest is paid", pay_the_rest),
)
