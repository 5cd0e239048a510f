"""QuickBooks Online: everything that only this vendor knows."""
