"""People who buy: vendors on either side, where the names of customers are taken."""

from tests.simulation.kinds import VENDOR
from tests.simulation.people import Deed, People


class Buyers(People):
    """Everybody who works in either system, with those they buy from."""

    def __post_init__(self) -> None:
        super().__post_init__()
        options = self.options
        purchases: list[tuple[Deed, float]] = [
            (self.add_supplier, 3),
            (self.add_vendor, 3),
            (self.edit_supplier, 4),
            (self.edit_vendor, 4),
            (self.rename_vendor, 2 * options.renames),
            (self.drop_supplier, 1 * options.deletes),
            (self.switch_vendor, 1 * options.deletes),
            (self.merge_suppliers, 1 * options.merges),
            (self.merge_vendors, 1 * options.merges),
        ]
        self.deeds += purchases

    def add_supplier(self) -> bool:
        """Add an account of a vendor."""
        return self.add_in_salesforce(VENDOR)

    def add_vendor(self) -> bool:
        """Add a vendor in QuickBooks."""
        return self.add_in_quickbooks(kind=VENDOR)

    def edit_supplier(self) -> bool:
        """Change a field of a vendor's account or of its contact."""
        return self.edit_in_salesforce(VENDOR)

    def edit_vendor(self) -> bool:
        """Change a field of a vendor in QuickBooks."""
        return self.edit_in_quickbooks(VENDOR)

    def rename_vendor(self) -> bool:
        """Give a vendor another name, on either side."""
        return self.rename(VENDOR)

    def drop_supplier(self) -> bool:
        """Put a vendor's account into the bin."""
        return self.delete(VENDOR)

    def switch_vendor(self) -> bool:
        """Make a vendor inactive, or active again."""
        return self.switch_activity(VENDOR)

    def merge_suppliers(self) -> bool:
        """Make one of two accounts of vendors."""
        return self.merge_accounts(VENDOR)

    def merge_vendors(self) -> bool:
        """Make one vendor of two."""
        return self.merge_customers(VENDOR)
