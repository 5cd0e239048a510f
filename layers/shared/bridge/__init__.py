"""Keeps Salesforce and QuickBooks Online in step."""
