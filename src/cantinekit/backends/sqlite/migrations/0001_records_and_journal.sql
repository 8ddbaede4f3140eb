-- Rows, what they are found by, and the journal. Texts compare by their bytes (BINARY).

CREATE TABLE record (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    body TEXT NOT NULL,
    pairs TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

-- pairs again, one entry for each (field, value) that differs
CREATE TABLE record_index (
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (kind, field, value, id)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a number never comes twice
CREATE TABLE journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    subjects TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE journal_subject (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (kind, id, number)
) STRICT, WITHOUT ROWID;
