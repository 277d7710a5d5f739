-- The triggers' functions run as their owner. Operators that somebody makes in schema public are not theirs to call: a
-- type of an extension is compared as what PostgreSQL takes it for. And only the triggers tell transactions.
ALTER FUNCTION greenroom.history_record() SET search_path = pg_catalog, pg_temp;
--> statement-breakpoint
ALTER FUNCTION greenroom.history_transaction() SET search_path = pg_catalog, pg_temp;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION greenroom.history_transaction() FROM PUBLIC;
