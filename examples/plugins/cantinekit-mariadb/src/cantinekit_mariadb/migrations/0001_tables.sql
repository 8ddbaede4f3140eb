-- Rows, what they are found by, and the journal. IF NOT EXISTS: a step that broke off is run again.
-- VARBINARY compares by bytes, and 2,200 of them fit into a key of InnoDB (3,072).

CREATE TABLE IF NOT EXISTS record (
    kind VARBINARY(200) NOT NULL,
    id VARBINARY(800) NOT NULL,
    version BIGINT NOT NULL,
    body LONGTEXT NOT NULL,
    pairs LONGTEXT NOT NULL,
    PRIMARY KEY (kind, id)
) ENGINE = InnoDB CHARACTER SET utf8mb4;

-- pairs again, one line for each (field, value) that differs
CREATE TABLE IF NOT EXISTS record_index (
    kind VARBINARY(200) NOT NULL,
    field VARBINARY(200) NOT NULL,
    value VARBINARY(1000) NOT NULL,
    id VARBINARY(800) NOT NULL,
    PRIMARY KEY (kind, field, value, id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS journal (
    number BIGINT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    at VARCHAR(32) NOT NULL,
    actor LONGTEXT NOT NULL,
    subjects LONGTEXT NOT NULL,
    body LONGTEXT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4;

CREATE TABLE IF NOT EXISTS journal_subject (
    kind VARBINARY(200) NOT NULL,
    id VARBINARY(800) NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (kind, id, number)
) ENGINE = InnoDB;

-- one line: the last number of the journal, and how many changes have only guarded
CREATE TABLE IF NOT EXISTS journal_head (
    last BIGINT NOT NULL,
    guarded BIGINT NOT NULL
) ENGINE = InnoDB;

INSERT INTO journal_head (last, guarded) SELECT 0, 0 FROM DUAL WHERE NOT EXISTS (SELECT * FROM journal_head);
