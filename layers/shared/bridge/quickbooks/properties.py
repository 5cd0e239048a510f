"""The properties of QuickBooks' objects as schemas: QuickBooks has no call that would tell them.

Intuit: api/accounting/all-entities/{customer, vendor, item, invoice, estimate, creditmemo,
payment}. `ro` is worked out by QuickBooks, `new` is fixed once the record is made, `must` is needed
to make one. A list of a document that is no line holds nothing that could be mapped; what a line of
a payment is applied to does. `Derived` is what we work out ourselves.
"""

from collections.abc import Iterator

from bridge.quickbooks.lists import SHORT_LISTS
from bridge.quickbooks.records import LINE, LINKED
from bridge.schemas import FieldKind, FieldSchema, ObjectSchema

_PERSON = """
    DisplayName text:500 must
    Title,Suffix text:16
    GivenName,MiddleName,FamilyName text:100
    CompanyName text:100
    PrintOnCheckName text:110
    PrimaryEmailAddr email
    PrimaryPhone,Mobile,AlternatePhone,Fax phone
    WebAddr web
    BillAddr address
    CurrencyRef ref:- new
    Balance number ro
    Source text ro
    BusinessNumber text:10
    GSTIN,GSTRegistrationType text:15
"""
_SALE = """
    CustomerRef ref:Customer must
    DocNumber text:21
    TxnDate,ShipDate date
    BillEmail,BillEmailCc,BillEmailBcc email
    BillAddr,ShipAddr,ShipFromAddr address
    FreeFormAddress,ApplyTaxAfterDiscount flag
    CustomerMemo memo
    PrivateNote text:4000
    EmailStatus enum:NotSet,NeedToSend,EmailSent
    PrintStatus enum:NotSet,NeedToPrint,PrintComplete
    SalesTermRef ref:Term
    ClassRef ref:Class
    DepartmentRef ref:Department
    ShipMethodRef,ProjectRef,RecurDataRef,TaxExemptionRef ref:-
    CurrencyRef ref:- new
    ExchangeRate number
    GlobalTaxCalculation enum:TaxExcluded,TaxInclusive,NotApplicable
    TxnTaxDetail.TxnTaxCodeRef ref:TaxCode
    TxnTaxDetail.TotalTax number:2
    TotalAmt,Balance,HomeTotalAmt,HomeBalance number ro
    DeliveryInfo.DeliveryType text ro
    DeliveryInfo.DeliveryTime time ro
    TrackingNum,TransactionLocationType,TxnSource text
"""
_TABLES = {
    "Customer": f"""
        {_PERSON}
        FullyQualifiedName text ro
        ShipAddr address
        Notes text:2000
        Job,BillWithParent,Taxable flag
        IsProject flag ro
        Level,BalanceWithJobs number ro
        ParentRef ref:Customer
        DefaultTaxCodeRef ref:TaxCode
        TaxExemptionReasonId text
        ResaleNum text:16
        SalesTermRef ref:Term
        PaymentMethodRef ref:PaymentMethod
        CustomerTypeRef ref:-
        ARAccountRef ref:Account
        PreferredDeliveryMethod enum:Print,Email,None
        OpenBalanceDate date new
        PrimaryTaxIdentifier,SecondaryTaxIdentifier text
    """,
    "Vendor": f"""
        {_PERSON}
        OtherAddr address
        AcctNum text:100
        TaxIdentifier text:20
        TermRef ref:Term
        Vendor1099,T4AEligible,T5018Eligible,HasTPAR flag
        CostRate,BillRate number
        APAccountRef ref:Account
        TaxReportingBasis text
    """,
    "Item": """
        Name text:100 must
        Type enum:Service,NonInventory,Inventory,Category,Group must
        Sku text:100
        Description text:4000
        PurchaseDesc text:1000
        UnitPrice,PurchaseCost number:7
        Taxable,SubItem,SalesTaxIncluded,PurchaseTaxIncluded,TrackQtyOnHand flag
        PrintGroupedItems,DeferredRevenue flag ro
        IncomeAccountRef ref:Account must
        ExpenseAccountRef,AssetAccountRef ref:Account
        QtyOnHand,ReorderPoint,AbatementRate,ReverseChargeRate number
        InvStartDate date
        ParentRef ref:Item
        Level number ro
        FullyQualifiedName,Source text ro
        SalesTaxCodeRef,PurchaseTaxCodeRef ref:TaxCode
        ClassRef ref:Class
        PrefVendorRef ref:Vendor
        TaxClassificationRef ref:-
        UQCId,UQCDisplayText,ServiceType text
    """,
    "Invoice": f"""
        {_SALE}
        DueDate date
        Deposit number:2
        DepositToAccountRef ref:Account
        AllowOnlineCreditCardPayment,AllowOnlineACHPayment flag
        AllowOnlinePayment,AllowIPNPayment flag ro
        InvoiceLink text ro
        Derived.Status enum:draft,sent,viewed,partly_paid,paid,overdue,void ro
        Derived.Link text ro
    """,
    "Estimate": f"""
        {_SALE}
        DueDate,ExpirationDate,AcceptedDate date
        AcceptedBy text
        TxnStatus enum:Pending,Accepted,Closed,Rejected,Converted
        Derived.Link text ro
    """,
    "CreditMemo": f"""
        {_SALE}
        RemainingCredit number ro
        InvoiceRef ref:Invoice
        PaymentMethodRef ref:PaymentMethod ro
        Derived.Status enum:applied,partly_applied,unapplied,void ro
        Derived.Link text ro
    """,
    "Payment": """
        CustomerRef ref:Customer must
        TotalAmt number:2 must
        UnappliedAmt number ro
        TxnDate date
        PaymentRefNum text:21
        PaymentMethodRef ref:PaymentMethod
        DepositToAccountRef,ARAccountRef ref:Account
        PrivateNote text:4000
        CurrencyRef ref:- new
        ExchangeRate number
        ProjectRef,TaxExemptionRef ref:-
        ProcessPayment flag
        TxnSource,TransactionLocationType text
        Derived.Status enum:applied,partly_applied,unapplied,void ro
        Derived.Link text ro
    """,
    LINE: """
        Description text:4000
        Amount number:2
        LineNum number ro
        DetailType enum:SalesItemLineDetail,GroupLineDetail,DescriptionOnly,DiscountLineDetail
        SalesItemLineDetail.ItemRef ref:Item
        SalesItemLineDetail.Qty,SalesItemLineDetail.UnitPrice number:7
        SalesItemLineDetail.DiscountAmt,SalesItemLineDetail.DiscountRate number
        SalesItemLineDetail.ServiceDate date
        SalesItemLineDetail.TaxCodeRef ref:TaxCode
        SalesItemLineDetail.ClassRef ref:Class
        SalesItemLineDetail.ItemAccountRef ref:Account ro
        SalesItemLineDetail.TaxClassificationRef ref:-
        SalesItemLineDetail.TaxInclusiveAmt number
        DiscountLineDetail.PercentBased flag
        DiscountLineDetail.DiscountPercent number
        DiscountLineDetail.DiscountAccountRef ref:Account
        DiscountLineDetail.ClassRef ref:Class
        DiscountLineDetail.TaxCodeRef ref:TaxCode
        DescriptionLineDetail.ServiceDate date
        DescriptionLineDetail.TaxCodeRef ref:TaxCode
        GroupLineDetail.GroupItemRef ref:Item
        GroupLineDetail.Quantity number
        LinkedTxn.TxnType text ro
        LinkedTxn.Invoice ref:Invoice ro
        LinkedTxn.CreditMemo ref:CreditMemo ro
        LinkedTxn.JournalEntry,LinkedTxn.Expense,LinkedTxn.Check ref:- ro
        LinkedTxn.CreditCardCredit ref:- ro
    """,
}
_NESTED = {
    "email": (("Address", "text:100"),),
    "phone": (("FreeFormNumber", "text:30"),),
    "web": (("URI", "text:1000"),),
    "memo": (("value", "text:1000"),),
    "address": (
        *((f"Line{number}", "text:500") for number in range(1, 6)),
        *(("City", "text:255"), ("CountrySubDivisionCode", "text:255")),
        *(("PostalCode", "text:30"), ("Country", "text:255")),
    ),
}
_KINDS = {
    "text": FieldKind.TEXT,
    "enum": FieldKind.TEXT,
    "number": FieldKind.NUMBER,
    "flag": FieldKind.FLAG,
    "date": FieldKind.DATE,
    "time": FieldKind.TIME,
}


def schema_of(object_name: str) -> ObjectSchema | None:
    """Return what Intuit documents of an object; None for one that the bridge does not know."""
    table = _TABLES.get(object_name)
    if table is None:
        return None
    fields = {each.name: each for row in table.splitlines() for each in _row(row.split())}
    return ObjectSchema(object_name, fields)


def _row(words: list[str]) -> Iterator[FieldSchema]:
    for name in words[0].split(",") if words else ():
        for path, kind in _leaves(name, words[1]):
            yield _field(path, kind, words[2:])


def _leaves(name: str, kind: str) -> Iterator[tuple[str, str]]:
    if kind.startswith("ref:") and not name.startswith(LINKED):
        yield f"{name}.value", kind
    elif kind in _NESTED:
        yield from ((f"{name}.{inner}", of) for inner, of in _NESTED[kind])
    else:
        yield name, kind


def _field(path: str, kind: str, flags: list[str]) -> FieldSchema:
    kind, _, detail = kind.partition(":")
    number = int(detail) if detail.isdecimal() else None
    return FieldSchema(
        name=path,
        kind=_KINDS.get(kind, FieldKind.REFERENCE),
        length=number if kind == "text" else None,
        decimals=number if kind == "number" else None,
        values=frozenset(detail.split(",")) if kind == "enum" else None,
        refers_to=(detail,) if kind == "ref" and detail != "-" else (),
        is_required="must" in flags,
        is_createable="ro" not in flags,
        is_listed=detail in SHORT_LISTS,
        is_updateable=not {"ro", "new"} & set(flags),
    )
