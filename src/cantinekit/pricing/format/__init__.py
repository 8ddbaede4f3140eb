"""How a tariff is written: TOML read with care, and records whose keys say what they hold."""
