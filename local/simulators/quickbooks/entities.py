"""The entities of the stand-in: the list records as field tables, and the documents beside them.

Fields, lengths and flags: Intuit, api/accounting/all-entities/{customer, vendor, employee, item,
account, term, paymentmethod, class, department, taxcode, taxrate, companyinfo, preferences}. Event
types: develop/webhooks.
"""

from local.simulators.quickbooks.document_tables import DOCUMENTS
from local.simulators.quickbooks.schema import SYSTEM_FIELDS as _SYSTEM
from local.simulators.quickbooks.schema import Entity, read_table

_PERSON = """
    DisplayName                 text:500 N ! F S
    Title,Suffix                text:16 N
    GivenName,MiddleName,FamilyName text:100 N F S
    PrintOnCheckName            text:110 N ! F S
    Active                      bool ! F S
    PrimaryPhone,Mobile         phone
"""
_COMPANY_PERSON = """
    CompanyName                 text:100 F S
    AlternatePhone,Fax          phone
    WebAddr                     web
    BillAddr,OtherAddr          address
    CurrencyRef                 ref:Currency new
    Source                      text ro
    OtherContactInfo            any
    GSTIN,GSTRegistrationType   text:15
    BusinessNumber              text:10
"""

_CUSTOMER = f"""
    {_SYSTEM} {_PERSON} {_COMPANY_PERSON}
    FullyQualifiedName          text ro F S
    PrimaryEmailAddr            email F
    ShipAddr                    address
    Notes                       text:2000
    Job                         bool F
    ParentRef                   ref:Customer F
    BillWithParent              bool
    Level                       number ro
    IsProject                   bool ro
    Taxable                     bool
    DefaultTaxCodeRef           ref:TaxCode
    TaxExemptionReasonId        text
    ResaleNum                   text:16
    SalesTermRef                ref:Term
    PaymentMethodRef            ref:PaymentMethod
    PreferredDeliveryMethod     enum:Print,Email,None
    CustomerTypeRef             ref:CustomerType
    ARAccountRef                ref:Account
    Balance                     number new F S
    BalanceWithJobs             number ro S
    OpenBalanceDate             date new
    PrimaryTaxIdentifier,SecondaryTaxIdentifier text
    CustomField                 any
"""
_VENDOR = f"""
    {_SYSTEM} {_PERSON} {_COMPANY_PERSON}
    PrimaryEmailAddr            emails
    AcctNum                     text:100
    TaxIdentifier               text:20
    TermRef                     ref:Term
    Vendor1099                  bool
    CostRate,BillRate           number
    Balance                     number ro
    APAccountRef                ref:Account
    VendorPaymentBankDetail     any
    T4AEligible,T5018Eligible,HasTPAR bool
    TaxReportingBasis           text
"""
_EMPLOYEE = f"""
    {_SYSTEM} {_PERSON}
    PrimaryEmailAddr            email
    PrimaryAddr                 address
    EmployeeNumber              text:100
    SSN                         text:100
    BillableTime                bool
    BillRate,CostRate           number
    BirthDate,HiredDate,ReleasedDate date
    Gender                      enum:Male,Female
    Organization                bool
"""
_ITEM = f"""
    {_SYSTEM}
    Name                        text:100 N ! R F S
    Type                        enum:Service,NonInventory,Inventory,Category,Group ! R F S
    Sku                         text:100 F
    Active                      bool ! F
    Description                 text:4000
    PurchaseDesc                text:1000
    UnitPrice,PurchaseCost      number S
    Taxable                     bool F
    IncomeAccountRef,ExpenseAccountRef ref:Account
    AssetAccountRef             ref:Account
    TrackQtyOnHand              bool
    QtyOnHand                   number
    InvStartDate                date
    ReorderPoint                number !
    SubItem                     bool F
    ParentRef                   ref:Item
    Level                       number ro
    FullyQualifiedName          text ro F S
    SalesTaxCodeRef,PurchaseTaxCodeRef ref:TaxCode
    SalesTaxIncluded,PurchaseTaxIncluded bool
    TaxClassificationRef        any
    ClassRef                    ref:Class
    PrefVendorRef               ref:Vendor
    Source                      text ro
    DeferredRevenue             bool ro
    ItemGroupDetail             any
    PrintGroupedItems           bool
    UQCId,UQCDisplayText,ServiceType text
    AbatementRate,ReverseChargeRate number
"""
_ACCOUNT = f"""
    {_SYSTEM}
    Name                        text:100 N ! R F S
    AcctNum                     text:7
    Description                 text:100
    Active                      bool ! F
    AccountType,AccountSubType  text F
    Classification              text ro F
    SubAccount                  bool F
    ParentRef                   ref:Account F
    FullyQualifiedName          text ro F
    CurrentBalance              number ro F
    CurrentBalanceWithSubAccounts number ro
    CurrencyRef                 ref:Currency new
    TaxCodeRef                  ref:TaxCode
"""
_TERM = f"""
    {_SYSTEM}
    Name                        text:31 ! R F S
    Active                      bool ! F S
    Type                        text ro F
    DueDays,DiscountDays        number
    DayOfMonthDue,DueNextMonthDays,DiscountDayOfMonth number
    DiscountPercent             number
"""
_PAYMENT_METHOD = f"""
    {_SYSTEM}
    Name                        text:31 ! R F S
    Active                      bool ! F S
    Type                        enum:CREDIT_CARD,NON_CREDIT_CARD F
"""
_CLASS = f"""
    {_SYSTEM}
    Name                        text:100 N ! R F S
    Active                      bool ! F S
    SubClass                    bool F
    ParentRef                   ref:Class F
    FullyQualifiedName          text ro F S
"""
# The page on departments marks neither Name nor ParentRef as filterable.
_DEPARTMENT = f"""
    {_SYSTEM}
    Name                        text:100 N ! R
    Active                      bool ! F S
    SubDepartment               bool ro S
    ParentRef                   ref:Department
    FullyQualifiedName          text ro F S
"""
_TAX_CODE = f"""
    {_SYSTEM}
    Name                        text:100 ! R F S
    Description                 text:100 F S
    Active                      bool ! F S
    Taxable,TaxGroup,Hidden     bool
    SalesTaxRateList,PurchaseTaxRateList any
"""
_TAX_RATE = f"""
    {_SYSTEM}
    Name                        text:100 ! R F S
    Description                 text:100 F S
    Active                      bool ! F S
    RateValue                   number R
    AgencyRef,TaxReturnLineRef  any
    EffectiveTaxRate            any
    SpecialTaxType,DisplayType  text
"""
_COMPANY_INFO = f"""
    {_SYSTEM}
    CompanyName,LegalName       text:1024 F
    CompanyAddr,LegalAddr,CustomerCommunicationAddr address
    Email                       email
    WebAddr                     web
    PrimaryPhone                phone
    Country,SupportedLanguages,FiscalYearStartMonth text
    CompanyStartDate            date ro
    EmployerId                  text
    DefaultTimeZone             text
    NameValue                   any
"""
_PREFERENCES = f"""
    {_SYSTEM}
    AccountingInfoPrefs,ProductAndServicesPrefs,SalesFormsPrefs any
    EmailMessagesPrefs,VendorAndPurchasesPrefs,TimeTrackingPrefs any
    TaxPrefs,CurrencyPrefs,ReportPrefs,OtherPrefs any
"""

_ALL_EVENTS = ("created", "updated", "deleted", "merged")

_ENTITIES = (
    # Customers, vendors and employees share names and, as sandbox companies show, the id sequence.
    Entity("Customer", read_table(_CUSTOMER), "DisplayName", "names", "names", _ALL_EVENTS),
    Entity("Vendor", read_table(_VENDOR), "DisplayName", "names", "names", _ALL_EVENTS),
    Entity("Employee", read_table(_EMPLOYEE), "DisplayName", "names", "names", _ALL_EVENTS),
    Entity("Item", read_table(_ITEM), "Name", "items", "items", _ALL_EVENTS),
    Entity("Account", read_table(_ACCOUNT), "Name", "accounts", "accounts", _ALL_EVENTS),
    Entity("Term", read_table(_TERM), "Name", "terms", "terms", ("created", "updated")),
    Entity(
        "PaymentMethod",
        read_table(_PAYMENT_METHOD),
        "Name",
        "payment methods",
        "payment methods",
        ("created", "updated", "merged"),
    ),
    Entity("Class", read_table(_CLASS), "Name", "classes", "classes", _ALL_EVENTS),
    Entity(
        "Department",
        read_table(_DEPARTMENT),
        "Name",
        "departments",
        "departments",
        ("created", "updated", "merged"),
    ),
    # Tax codes and rates are made by the tax service, and send no events.
    Entity("TaxCode", read_table(_TAX_CODE), "Name", "tax codes", "tax codes", (), False, False),
    Entity("TaxRate", read_table(_TAX_RATE), "Name", "tax rates", "tax rates", (), False, False),
    Entity("CompanyInfo", read_table(_COMPANY_INFO), can_be_created=False, is_list=False),
    Entity(
        "Preferences",
        read_table(_PREFERENCES),
        events=("updated",),
        can_be_created=False,
        is_list=False,
    ),
    *DOCUMENTS,
)

ENTITIES = {entity.name: entity for entity in _ENTITIES}
BY_PATH = {entity.path: entity for entity in _ENTITIES}
