"""The domain: one folder a noun, each with its records, commands, events and handlers."""
