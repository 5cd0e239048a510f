"""The steps of the bridge, told in order."""
