-- The triggers' function runs as its owner, and writes to the table beside the one that it is on: whoever may use it on
-- tables of their own has their own triggers run as greenroom's user. Only that user makes triggers of it.
REVOKE EXECUTE ON FUNCTION greenroom.history_record() FROM PUBLIC;
