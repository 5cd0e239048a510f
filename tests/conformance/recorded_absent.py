"""The recorded replies that no stand-in gives again, with the reason; what is not copied, too."""

_NOT_MOVED = "an entity that is not among those the stand-in has"
_PAGE = "the samples of one page of the reference, not the reply to one call"
_NO_REPLY = "a request or a collection of rows, not the reply to one call"
_LOGGED = "what a client wrote into its log, not the body that came"
_BY_HAND = "typed or cut by hand: a record of it could not be read as it stands"

_REASONS: dict[str, tuple[str, ...]] = {
    _NOT_MOVED: (
        "quickbooks/bill-linked",
        "quickbooks/bill-tax-detail",
        "quickbooks/exchange-create-deposit",
        "quickbooks/exchange-upload-fault-6000",
        "quickbooks/fault-6240-taxrate",
        "quickbooks/get-deposit-187",
        "quickbooks/graphql-customfield-definitions",
        "quickbooks/journalentry",
        "quickbooks/query-billpayments-sandbox-us",
        "quickbooks/query-bills-sandbox-us",
        "quickbooks/query-customertypes",
        "quickbooks/query-deposits-old",
        "quickbooks/query-deposits-sandbox-us",
        "quickbooks/query-exchangerates",
        "quickbooks/query-journalentries-sandbox-us",
        "salesforce/exchange-create-lead-2022",
        "salesforce/query-aggregate",
        "salesforce/query-aggregate-swift",
        "salesforce/query-nested-object",
        "salesforce/query-opportunity-contactroles-subquery",
        "salesforce/cdc-lead-update-address-nulled",
    ),
    _PAGE: (
        "quickbooks/doc-batch",
        "quickbooks/doc-customer",
        "quickbooks/doc-deposit",
        "quickbooks/doc-invoice",
        "quickbooks/doc-item",
        "quickbooks/doc-payment",
        "quickbooks/doc-preferences",
        "quickbooks/doc-refundreceipt",
        "quickbooks/doc-salesreceipt",
        "quickbooks/doc-taxcode",
        "quickbooks/doc-taxrate",
        "quickbooks/doc-taxservice",
        "quickbooks/doc-term",
    ),
    _NO_REPLY: (
        "quickbooks/fyle-reference-data",
        "quickbooks/items-sandbox-2019",
        "quickbooks/journalentry-request-french-names",
        "salesforce/collections-create-request",
        "salesforce/shipify-invoice-objects",
        "salesforce/tree-accounts-opportunities-lineitems-products",
        "salesforce/tree-ebikes-accounts",
        "salesforce/tree-orders-products",
        "salesforce/tree-products-forcecmd",
        "salesforce/tree-products-pricebook",
    ),
    _LOGGED: (
        "quickbooks/fault-120-authorization-500-as-logged",
        "quickbooks/fault-2010-invoice-error-entry",
        "quickbooks/fault-6000-business-validation-error-entry",
    ),
    "a client's own picture of an exchange; the bodies of both are given again": (
        "quickbooks/token-200-exchange",
        "quickbooks/token-error-400-exchange",
    ),
    _BY_HAND: (
        "quickbooks/batch-mixed-two-errors-in-one-item",
        "quickbooks/cdc-estimate-customer-deleted-stubs",
        "quickbooks/customer-custom-fields",
        "quickbooks/fault-2050-2080-two-errors",
        "quickbooks/invoice-custom-fields",
        "quickbooks/query-account-page-amp",
        "salesforce/cdc-trailhead-employee-update",
        "salesforce/query-page1-small",
        "salesforce/query-page2-small",
    ),
    "eleven entities, most of which the stand-in has not": ("quickbooks/cdc-several-entities",),
    "a refusal from before 2019 by an older gateway; today's is 3200": (
        "quickbooks/fault-100-authentication-xml",
    ),
    "a company of 2013 with other settings; Preferences of a newer one are given again": (
        "quickbooks/query-companyinfo",
        "quickbooks/query-preferences",
    ),
    "tokens carry no client: every refused one gets the same description": (
        "quickbooks/token-error-incorrect-token-type",
    ),
    "a reply of 2013, which left the amounts as they were": (
        "quickbooks/invoice-void-reply-old",
        "quickbooks/salesreceipt-voided",
    ),
    "was XML, where LineEx has another form": ("quickbooks/payment-line-extras",),
    "a Canadian company with bundles, which the stand-in reads and does not create": (
        "quickbooks/invoice-group-lines-discount-tax-inclusive-cad",
    ),
    "a company in Brazil of 2013": ("quickbooks/creditmemo-open-brl",),
    "an identifier of another service of Intuit": (
        "quickbooks/webhook-cloudevents-class-created-alternative-ids",
    ),
    "the stand-in has no search in SOSL": (
        "salesforce/error-malformed-search",
        "salesforce/search-empty",
        "salesforce/search-results",
    ),
    "the password flow is blocked in new orgs": ("salesforce/token-password-reply",),
    "the stand-in's orgs have no record types": (
        "salesforce/error-invalid-cross-reference-key-recordtype",
    ),
    "the keys of one org's licences; an entry has the same two keys": (
        "salesforce/limits",
        "salesforce/limits-swift",
    ),
    "an object of one org; Account, Contact and Opportunity are compared": (
        "salesforce/describe-custom-object",
        "salesforce/describe-organization-sampled",
        "salesforce/get-organization",
    ),
    "a whole description without cuts; Account is compared by itself": (
        "salesforce/exchange-composite-batch-first",
        "salesforce/exchange-composite-first",
    ),
    "the form in which the Pub/Sub API's clients decode it, with every empty field": (
        "salesforce/cdc-account-create",
        "salesforce/cdc-user-update",
    ),
    "a platform event of one org; its envelope is that of a relayed change event": (
        "salesforce/platform-event-eventbridge-envelope",
    ),
    "the delivery by Amazon AppFlow, another product": (
        "salesforce/cdc-eventbridge-account-update",
    ),
    "a refusal in the form of a collection's, seen once from a single create": (
        "salesforce/create-success-false",
    ),
}

ABSENT = {name: reason for reason, names in _REASONS.items() for name in names}
