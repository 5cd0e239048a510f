"""A stand-in for one Salesforce org: its REST service over rows kept in memory."""
