"""A tariff after loading: products, rules and conditions as frozen records that write themselves back as TOML."""
