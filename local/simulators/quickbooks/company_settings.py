"""What a company's preferences and its country say about documents.

Intuit: api/accounting/all-entities/preferences and companyinfo.
"""

from collections.abc import Iterator
from typing import Protocol

from local.simulators.quickbooks.errors import invalid_reference
from local.simulators.quickbooks.money import Amount
from local.simulators.quickbooks.schema import Row
from local.simulators.quickbooks.switches import Switches

_US = {"US", "USA"}
_FRANCE = {"FR", "FRA"}


class Records(Protocol):
    """What the settings need to see of a company."""

    switches: Switches

    def find(self, entity: str, record_id: str) -> Row | None:
        """Return a record as it is now, or None."""
        ...


class Settings:
    """The preferences of a company as they are at the moment of asking."""

    def __init__(self, records: Records) -> None:
        self.switches = records.switches
        self._records = records

    def _part(self, name: str) -> Row:
        preferences = self._records.find("Preferences", "1") or {}
        part: Row = preferences.get(name) or {}
        return part

    @property
    def is_us(self) -> bool:
        """Tell whether the company is in the United States."""
        return (self._records.find("CompanyInfo", "1") or {}).get("Country", "US") in _US

    @property
    def is_french(self) -> bool:
        """Tell whether the company is in France, where a line may have a discount of its own."""
        return (self._records.find("CompanyInfo", "1") or {}).get("Country") in _FRANCE

    @property
    def uses_sales_tax(self) -> bool:
        """Tell whether the company charges tax at all."""
        return bool(self._part("TaxPrefs").get("UsingSalesTax"))

    @property
    def taxes_by_line(self) -> bool:
        """Tell whether each line needs the id of a tax code."""
        return self.uses_sales_tax and not self.is_us

    @property
    def tax_is_automated(self) -> bool:
        """Tell whether the product finds the tax by itself."""
        return self.is_us and bool(self._part("TaxPrefs").get("PartnerTaxEnabled"))

    @property
    def automated_tax_code(self) -> str | None:
        """Return the code that automated tax ends at: one for the company, not by address."""
        reference = self._part("TaxPrefs").get("TaxGroupCodeRef") or {}
        return reference.get("value")

    @property
    def multi_currency(self) -> bool:
        """Tell whether documents may be in a foreign currency."""
        return bool(self._part("CurrencyPrefs").get("MultiCurrencyEnabled"))

    @property
    def home_currency(self) -> str:
        """Return the code of the company's own currency."""
        home = self._part("CurrencyPrefs").get("HomeCurrency") or {}
        return str(home.get("value", "USD"))

    @property
    def closed_until(self) -> str:
        """Return the last day of the closed books, or an empty text."""
        return str(self._part("AccountingInfoPrefs").get("BookCloseDate") or "")

    @property
    def numbers_by_hand(self) -> bool:
        """Tell whether people choose the numbers of documents."""
        return bool(self._part("SalesFormsPrefs").get("CustomTxnNumbers"))

    @property
    def takes_online_payments(self) -> bool:
        """Tell whether invoices may be paid online."""
        return bool(self._part("SalesFormsPrefs").get("ETransactionPaymentEnabled"))

    @property
    def tracks_departments(self) -> bool:
        """Tell whether documents name their department, which the product calls location."""
        return bool(self._part("AccountingInfoPrefs").get("TrackDepartments"))

    @property
    def applies_credits(self) -> bool:
        """Tell whether a credit memo is applied to open invoices at once."""
        return bool(self._part("SalesFormsPrefs").get("AutoApplyCredit"))

    @property
    def discount_account(self) -> str:
        """Return the id of the account that discounts go to."""
        return str(self._part("SalesFormsPrefs").get("DefaultDiscountAccount", "86"))

    def allows(self, part: str) -> bool:
        """Tell whether AllowDeposit, AllowDiscount or AllowShipping is on."""
        return bool(self._part("SalesFormsPrefs").get(part))

    @property
    def allows_gratuity(self) -> bool:
        """Tell whether a sales form may have a line of gratuity."""
        others = self._part("OtherPrefs").get("NameValue") or []
        return {"Name": "SalesFormsPrefs.AllowGratuity", "Value": "true"} in others

    def custom_fields(self) -> dict[str, str]:
        """Return the classic fields of sales forms that are in use: number and name."""
        flat = {
            each["Name"].rpartition(".")[2]: each.get("StringValue", each.get("BooleanValue"))
            for each in _flat(self._part("SalesFormsPrefs").get("CustomField") or [])
        }
        return {
            number: str(flat.get(f"SalesCustomName{number}", f"Custom {number}"))
            for number in "123"
            if flat.get(f"UseSalesCustom{number}") is True
        }

    def rates_of(self, code: str) -> list[tuple[str, Amount]]:
        """Return the rates of a tax code: their ids and percentages.

        Raises:
            ApiFault: 2500.
        """
        found = self._records.find("TaxCode", code)
        # The pseudo codes TAX and NON are known in the United States only.
        if found is None or (self.taxes_by_line and not code.isdigit()):
            raise invalid_reference("TaxCodes", code)
        listed = (found.get("SalesTaxRateList") or {}).get("TaxRateDetail", [])
        ids = [str(each["TaxRateRef"]["value"]) for each in listed]
        rates = [(each, self._records.find("TaxRate", each) or {}) for each in ids]
        return [(each, rate.get("RateValue", 0)) for each, rate in rates]


def _flat(listed: list[Row]) -> Iterator[Row]:
    for each in listed:
        inner = each.get("CustomField")
        if inner is None:
            yield each
        else:
            yield from inner
