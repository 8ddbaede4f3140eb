-- A change is refused by the server where it must not be committed with it: both travel together, so that one answer tells.

CREATE FUNCTION refuse(what text, positions text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'KT001', MESSAGE = what, DETAIL = positions;
END
$$;
