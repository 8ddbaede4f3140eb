"""Operations: tasks of the outbox, answered requests and quarantined observations."""
