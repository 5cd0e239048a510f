"""The documents of the stand-in as field tables, and which events and operations they know.

Fields, lengths and flags: Intuit, api/accounting/all-entities/{invoice, estimate, creditmemo,
salesreceipt, refundreceipt, payment}. Event types: develop/webhooks.
"""

from local.simulators.quickbooks.schema import SYSTEM_FIELDS, Entity, read_table

_COMMON = f"""
    {SYSTEM_FIELDS}
    TxnDate                     date F S
    Line                        any
    LinkedTxn                   any
    PrivateNote                 text:4000
    TotalAmt                    number ro F
    CurrencyRef                 ref:Currency !
    ExchangeRate                number
    ProjectRef                  ref:Project F
    TxnSource                   text
    TransactionLocationType     text
    TaxExemptionRef             any ro
"""
_CUSTOMER = """
    CustomerRef                 ref:Customer ! R F
"""
_FORM = f"""
    {_COMMON}
    DocNumber                   text:21 ! F S
    TxnTaxDetail                any
    GlobalTaxCalculation        enum:TaxExcluded,TaxInclusive,NotApplicable
    ApplyTaxAfterDiscount       bool
    CustomField                 any
    BillAddr,ShipAddr,ShipFromAddr address
    FreeFormAddress             bool
    BillEmail,BillEmailCc,BillEmailBcc emails
    PrintStatus                 enum:NotSet,NeedToPrint,PrintComplete
    DeliveryInfo                any ro
    CustomerMemo                memo
    HomeTotalAmt                number ro
    ClassRef                    ref:Class
    DepartmentRef               ref:Department
    ShipDate                    date
    TrackingNum                 text
    ShipMethodRef               ref:ShipMethod
    RecurDataRef                any ro
"""
_EMAIL_STATUS = """
    EmailStatus                 enum:NotSet,NeedToSend,EmailSent
"""
_SALES = f"""
    {_CUSTOMER} {_FORM} {_EMAIL_STATUS}
    SalesTermRef                ref:Term F
"""
_INVOICE = f"""
    {_SALES}
    DueDate                     date F S
    Balance                     number ro F S
    HomeBalance                 number ro
    Deposit                     number
    DepositToAccountRef         ref:Account
    AllowOnlineCreditCardPayment,AllowOnlineACHPayment bool
    AllowOnlinePayment,AllowIPNPayment bool
    InvoiceLink                 text ro
"""
_ESTIMATE = f"""
    {_SALES}
    DueDate                     date F S
    TxnStatus                   enum:Pending,Accepted,Closed,Rejected,Converted
    ExpirationDate,AcceptedDate date
    AcceptedBy                  text
"""
_CREDIT_MEMO = f"""
    {_SALES}
    Balance                     number ro F S
    HomeBalance                 number ro
    RemainingCredit             number ro
    InvoiceRef                  ref:Invoice
    PaymentMethodRef            any ro
"""
# The page on sales receipts marks the customer as required; its samples and recorded replies have
# receipts without one, and that on refund receipts calls it optional.
_RECEIPT = f"""
    {_FORM}
    CustomerRef                 ref:Customer F
    Balance                     number ro F S
    HomeBalance                 number ro
    PaymentMethodRef            ref:PaymentMethod
    CreditCardPayment           any
"""
_SALES_RECEIPT = f"""
    {_RECEIPT} {_EMAIL_STATUS}
    DepositToAccountRef         ref:Account
    PaymentRefNum               text:21
"""
_REFUND_RECEIPT = f"""
    {_RECEIPT}
    DepositToAccountRef         ref:Account ! R
    PaymentRefNum               text:100
    PaymentType                 enum:Cash,Check,CreditCard,Other F S
    CheckPayment                any
"""
_PAYMENT = f"""
    {_COMMON} {_CUSTOMER}
    TotalAmt                    number F
    UnappliedAmt                number ro
    PaymentRefNum               text:21 F
    PaymentMethodRef            ref:PaymentMethod F
    DepositToAccountRef         ref:Account
    ARAccountRef                ref:Account
    ProcessPayment              bool
    CreditCardPayment           any
"""

_EVENTS = ("created", "updated", "deleted", "emailed")


def _document(name: str, table: str, numbering: str, events: tuple[str, ...]) -> Entity:
    # All documents of a company share one sequence of ids, as sandbox companies show.
    return Entity(
        name,
        read_table(table),
        sequence="documents",
        events=events,
        numbering=numbering,
        is_list=False,
        is_document=True,
    )


# Invoices, credit memos and receipts take their numbers from one row, estimates from another
# (recorded).
DOCUMENTS = (
    _document("Invoice", _INVOICE, "sales numbers", (*_EVENTS, "void")),
    _document("Estimate", _ESTIMATE, "estimate numbers", _EVENTS),
    _document("CreditMemo", _CREDIT_MEMO, "sales numbers", (*_EVENTS, "void")),
    _document("SalesReceipt", _SALES_RECEIPT, "sales numbers", (*_EVENTS, "void")),
    _document("RefundReceipt", _REFUND_RECEIPT, "sales numbers", (*_EVENTS, "void")),
    _document("Payment", _PAYMENT, "", (*_EVENTS, "void")),
)
