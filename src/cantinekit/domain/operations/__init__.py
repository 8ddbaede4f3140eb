"""Operations: work to carry out, answered requests, quarantined observations."""
