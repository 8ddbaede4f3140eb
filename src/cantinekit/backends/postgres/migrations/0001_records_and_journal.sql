-- Rows, what they are found by, and the journal. COLLATE "C": texts compare by their bytes, whatever the database's locale.

CREATE TABLE record (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    body jsonb NOT NULL,
    pairs jsonb NOT NULL,
    PRIMARY KEY (kind, id)
);

-- pairs again, one entry for each (field, value) that differs
CREATE TABLE record_index (
    kind text COLLATE "C" NOT NULL,
    field text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, field, value, id)
);

CREATE TABLE journal (
    number bigint PRIMARY KEY,
    type text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    subjects jsonb NOT NULL,
    body jsonb NOT NULL
);

CREATE TABLE journal_subject (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (kind, id, number)
);

-- journal_base: what is added to the numbers that come from transaction ids; a multiple of 65536
CREATE TABLE meta (
    name text PRIMARY KEY,
    value bigint NOT NULL
);

INSERT INTO meta (name, value) VALUES ('journal_base', 0);
