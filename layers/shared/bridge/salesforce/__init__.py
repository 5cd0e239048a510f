"""Salesforce: everything that only this vendor knows."""
