"""Decisions: pure functions of records, baselines and mappings."""
