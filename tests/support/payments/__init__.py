"""Payment providers and gateways for tests: fakes, and ones that lose answers or keys."""
