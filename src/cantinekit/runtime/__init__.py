"""Running commands: the engine, its unit of work and row lock, the outbox, the dry run, the codec."""
