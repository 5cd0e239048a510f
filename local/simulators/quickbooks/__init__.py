"""A stand-in for QuickBooks Online: OAuth 2.0, Accounting API v3 and webhooks, on loopback."""
