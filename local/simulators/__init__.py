"""HTTP stand-ins that behave like the vendors' originals where it matters to a client."""
