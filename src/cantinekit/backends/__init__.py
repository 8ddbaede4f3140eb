"""The backends that come with the library: stores, gateways and notifiers. Each imports its driver when opened."""
