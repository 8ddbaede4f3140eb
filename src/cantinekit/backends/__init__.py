"""The backends that come with the library: stores, payment gateways and notifiers. Each imports its driver when opened."""
