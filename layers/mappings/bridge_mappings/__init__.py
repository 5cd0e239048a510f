"""The mappings of the bridge: one TOML file per entity."""
