CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

CREATE TABLE entity (id text PRIMARY KEY, name text NOT NULL, accounts text[] NOT NULL);
CREATE TABLE place (
    id text PRIMARY KEY, entity_id text NOT NULL REFERENCES entity, name text NOT NULL, zone text NOT NULL,
    opens time NOT NULL, closes time NOT NULL
);
CREATE TABLE space (id text PRIMARY KEY, place_id text NOT NULL REFERENCES place, name text NOT NULL);
CREATE TABLE person (id text PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE);
CREATE TABLE price (product text PRIMARY KEY, cents integer NOT NULL, version text NOT NULL);
CREATE TABLE session (
    id text PRIMARY KEY, place_id text NOT NULL REFERENCES place, starts timestamptz NOT NULL,
    ends timestamptz NOT NULL, capacity integer NOT NULL, taken integer NOT NULL DEFAULT 0 CHECK (taken <= capacity)
);

CREATE TABLE booking (
    id text PRIMARY KEY, place_id text NOT NULL REFERENCES place, space_id text NOT NULL REFERENCES space,
    product text NOT NULL, person_id text NOT NULL REFERENCES person, during tstzrange NOT NULL,
    units integer NOT NULL, state text NOT NULL, charge_id text NOT NULL
);
CREATE INDEX ON booking (place_id, lower(during));
CREATE INDEX ON booking (person_id, lower(during));
CREATE TABLE claim (
    booking_id text NOT NULL, space_id text NOT NULL, during tstzrange NOT NULL,
    EXCLUDE USING gist (space_id WITH =, during WITH &&)
);
CREATE TABLE registration (
    id text PRIMARY KEY, session_id text NOT NULL REFERENCES session, place_id text NOT NULL,
    person_id text NOT NULL REFERENCES person, state text NOT NULL, asked_at timestamptz NOT NULL,
    charge_id text NOT NULL, UNIQUE (session_id, person_id)
);
CREATE INDEX ON registration (person_id, asked_at);

CREATE TABLE sale (
    id text PRIMARY KEY, subject_kind text NOT NULL, subject_id text NOT NULL, place_id text NOT NULL,
    tariff_version text NOT NULL, at timestamptz NOT NULL, items jsonb NOT NULL, total bigint NOT NULL,
    currency text NOT NULL, customer_id text
);
CREATE INDEX ON sale (subject_kind, subject_id);
CREATE TABLE charge (
    id text PRIMARY KEY, entity_id text NOT NULL, place_id text NOT NULL, subject_kind text NOT NULL,
    subject_id text NOT NULL, amount bigint NOT NULL, currency text NOT NULL, lines jsonb NOT NULL,
    raised_at timestamptz NOT NULL, tariff_version text NOT NULL, paid bigint NOT NULL, refunded bigint NOT NULL,
    billed bigint NOT NULL, state text NOT NULL, payer_id text
);
CREATE INDEX ON charge (place_id, raised_at);
CREATE INDEX ON charge (subject_kind, subject_id);
CREATE INDEX ON charge (payer_id, raised_at);
CREATE TABLE attempt (
    id text PRIMARY KEY, charge_id text NOT NULL, entity_id text NOT NULL, account text NOT NULL,
    amount bigint NOT NULL, currency text NOT NULL, started_at timestamptz NOT NULL, state text NOT NULL,
    captured bigint NOT NULL
);
CREATE INDEX ON attempt (charge_id);
CREATE TABLE ledger_entry (
    id text PRIMARY KEY, entity_id text NOT NULL, place_id text NOT NULL, at timestamptz NOT NULL,
    what text NOT NULL, subject_kind text NOT NULL, subject_id text NOT NULL, currency text NOT NULL
);
CREATE INDEX ON ledger_entry (place_id, at);
CREATE TABLE ledger_line (entry_id text NOT NULL, account text NOT NULL, amount bigint NOT NULL);
CREATE INDEX ON ledger_line (entry_id);

CREATE TABLE outbox (
    id text PRIMARY KEY, work text NOT NULL, subject_kind text NOT NULL, subject_id text NOT NULL,
    template text NOT NULL, person_id text, due timestamptz NOT NULL, done boolean NOT NULL DEFAULT false
);
CREATE INDEX ON outbox (due) WHERE NOT done;
CREATE TABLE request (
    actor text NOT NULL, command text NOT NULL, key text NOT NULL, fingerprint text NOT NULL, result text NOT NULL,
    at timestamptz NOT NULL, PRIMARY KEY (actor, command, key)
);
CREATE TABLE journal (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, type text NOT NULL, at timestamptz NOT NULL,
    actor text NOT NULL, body jsonb NOT NULL
);
CREATE TABLE journal_subject (
    kind text NOT NULL, id text NOT NULL, number bigint NOT NULL, PRIMARY KEY (kind, id, number)
);
