"""Series of sessions: sessions of a workshop that are planned together on many dates."""
