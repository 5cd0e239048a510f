"""Recorded replies of QuickBooks Online about lists, each called for again on the stand-in."""

from typing import Any

from tests.conformance.quickbooks_company import REPLAYS, Company, entity_of, page

# Replies from before 2026 lack what was added since, and addresses that were entered before
# September 2025 have a latitude and a longitude (blogs.intuit.com, 13 August 2025).
PLACED = {r".*Addr\.(Lat|Long)": "of addresses from before September 2025"}
YOUNGER = {
    r".*(Customer|Vendor)(\.\d+)?\.(IsProject|CurrencyRef)": "replies have it since a later year",
    r".*Item(\.\d+)?\.DeferredRevenue": "replies have it since 2026",
}
MASKED = {r".*\.(ClientEntityId|V4IDPseudonym)": "names the record for other services of Intuit"}
TAX_CODE = {r".*\.DefaultTaxCodeRef": "some replies have it, others of the same company not"}
OLD = PLACED | YOUNGER | TAX_CODE | MASKED


@REPLAYS.of("exchange-create-customer", "exchange-create-item")
@REPLAYS.of(
    "exchange-create-account",
    apart={r".*\.LastUpdatedTime": "not in the recorded reply to a create"},
)
def _create(real: Any) -> tuple[Any, Any]:
    path = real["path"].rpartition("/")[2]
    return Company().call("POST", path, real["request"]), real["response"]


@REPLAYS.of("create-customer-reply-amp")
def _create_as_documented(real: Any) -> tuple[Any, Any]:
    company = Company()
    made = company.create("Customer", real["Customer"])
    ours = {name: value for name, value in made.items() if name in real["Customer"]}
    return {"Customer": ours, "time": ""}, real


# Pages of a query


@REPLAYS.of("query-customers-sandbox-us", "query-customers-max5", apart=PLACED | MASKED | TAX_CODE)
@REPLAYS.of("query-customers-sandbox-2020", apart=OLD)
@REPLAYS.of("query-customers-old", apart=OLD | {r".*\.Level": "was XML, where all is text"})
@REPLAYS.of("query-vendors-sandbox-us", apart=PLACED | MASKED)
@REPLAYS.of("query-vendors-active-and-inactive", apart=OLD)
@REPLAYS.of("query-items-sandbox-us", apart=YOUNGER)
@REPLAYS.of("query-items-old", apart=YOUNGER | {r".*\.FullyQualifiedName": "since a later year"})
def _pages(real: Any) -> tuple[Any, Any]:
    entity = entity_of(real["QueryResponse"])
    rows = real["QueryResponse"][entity]
    company = Company(is_empty=True)
    # One recorded company has a "Jack Doe" of its own and another below "Doe, Jack".
    company.admin("switches", {"sub_customer_names": "within_parent"})
    return page(company, entity, [revived(row) for row in rows]), real


def revived(row: dict[str, Any]) -> dict[str, Any]:
    """Return an inactive record as it was before; a record is not made inactive."""
    names = {
        name: value.removesuffix(" (deleted)")
        for name, value in row.items()
        if isinstance(value, str)
    }
    return row | names | {"Active": True}


@REPLAYS.of("query-accounts-sandbox-us", "query-classes", "query-paymentmethods")
def _renamed(real: Any) -> tuple[Any, Any]:
    entity = entity_of(real["QueryResponse"])
    rows = real["QueryResponse"][entity]
    fresh = [{**row, "Name": f"{row['Name']} again"[-31:]} for row in rows]
    return page(Company(is_empty=True), entity, fresh), real


@REPLAYS.of("query-taxrates")
@REPLAYS.of(
    "query-employees-active-and-inactive",
    apart={r".*\.(BirthDate|HiredDate|PrimaryPhone)": "of one of the two alone"},
)
def _standing(real: Any) -> tuple[Any, Any]:
    entity = entity_of(real["QueryResponse"])
    rows = real["QueryResponse"][entity]
    return Company().query(" ".join(("select * from", entity, f"maxresults {len(rows)}"))), real


@REPLAYS.of(
    "query-taxcodes",
    apart={
        r".*\.Hidden": "since a later year",
        r".*\.PurchaseTaxRateList": "was XML, where an empty list is an empty text",
        r".*\.TaxRateDetail": "as many as the code has rates",
    },
)
def _tax_codes(real: Any) -> tuple[Any, Any]:
    # The pseudo codes of the United States stand there as well, with fewer keys.
    ours = Company().query("select * from TaxCode")
    for reply in (ours, real):
        rows = reply["QueryResponse"]["TaxCode"]
        reply["QueryResponse"]["TaxCode"] = [row for row in rows if "SyncToken" in row][:1]
    return ours, real


@REPLAYS.of("exchange-query-page-1", "exchange-query-page-2", "exchange-query-page-3", apart=OLD)
@REPLAYS.of("exchange-query-escaped-apostrophe", "exchange-query-ampersand", apart=OLD)
@REPLAYS.of("exchange-query-page-4-past-end", "exchange-query-count")
def _query(real: Any) -> tuple[Any, Any]:
    _, _, asked = real["path"].partition("?query=")
    return Company().call("GET", f"query?query={asked}"), real["response"]


@REPLAYS.of("query-transfers-empty")
def _nothing(real: Any) -> tuple[Any, Any]:
    return Company(is_empty=True).query("select * from Customer"), real


@REPLAYS.of("query-account-empty-amp")
def _nothing_in_a_page(real: Any) -> tuple[Any, Any]:
    company = Company(is_empty=True)
    company.admin("switches", {"empty_query": "paged"})
    return company.query("select * from Customer maxresults 1000"), real


# Single reads


@REPLAYS.of("get-customer-1", "customer-foreign-currency-brl", apart=OLD)
@REPLAYS.of("get-item-19", "get-item-2017", apart=YOUNGER)
@REPLAYS.of(
    "query-terms",
    apart={
        r".*\.DiscountDayOfMonth": "was XML, where all is text",
        r".*\.DiscountDays": "of a term with days; the recorded one goes by the date",
    },
)
def _read(real: Any) -> tuple[Any, Any]:
    entity = entity_of(real)
    company = Company(is_empty=True)
    made = company.create(entity, real[entity])
    return company.call("GET", f"{entity.lower()}/{made['Id']}"), real


@REPLAYS.of("preferences-us", apart={r".*\.AutoApplyCredit": "not in every reply"})
def _preferences(real: Any) -> tuple[Any, Any]:
    return Company().call("GET", "preferences"), real


# Updates


@REPLAYS.of("exchange-update-customer-sparse", "exchange-update-customer-sparse-2020", apart=OLD)
@REPLAYS.of("exchange-update-item")
def _update(real: Any) -> tuple[Any, Any]:
    entity = entity_of(real["response"])
    company = Company(is_empty=True)
    made = company.create(entity, real["response"][entity])
    keys = {"Id": made["Id"], "SyncToken": made["SyncToken"]}
    return company.call("POST", entity.lower(), real["request"] | keys), real["response"]


@REPLAYS.of("exchange-deactivate-account-deleted-name")
def _deactivate_account(real: Any) -> tuple[Any, Any]:
    company = Company()
    made = company.create("Account", real["response"]["Account"] | {"Name": "Fees", "Active": True})
    keys = {"Id": made["Id"], "SyncToken": made["SyncToken"]}
    return company.call("POST", "account", real["request"] | keys), real["response"]


@REPLAYS.of("customer-inactive-deleted-name", "vendor-inactive-deleted-name", apart=OLD)
@REPLAYS.of("class-inactive")
def _deactivate(real: Any) -> tuple[Any, Any]:
    entity = entity_of(real)
    company = Company(is_empty=True)
    balance = {"Balance": 0} if "Balance" in real[entity] else {}
    made = company.create(entity, {**revived(real[entity]), **balance})
    gone = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Active": False}
    return company.call("POST", entity.lower(), gone), real


# Departments


@REPLAYS.of("query-departments")
def _departments(real: Any) -> tuple[Any, Any]:
    rows = real["QueryResponse"]["Department"]
    # The recorded page says two and shows three.
    real["QueryResponse"]["maxResults"] = len(rows)
    return page(Company(), "Department", rows), real


@REPLAYS.of("department-inactive")
def _inactive_department(real: Any) -> tuple[Any, Any]:
    company = Company()
    made = company.create("Department", real["Department"] | {"Name": "Marketing", "Active": True})
    keys = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True}
    return company.call("POST", "department", keys | {"Active": False}), real
