ALTER TABLE "greenroom"."transactions" ADD COLUMN "made_in" "xid8";
--> statement-breakpoint
-- Anybody can set greenroom.transaction_id, to anything. A trigger goes on only with the row that was made in its own
-- database transaction; else it makes one.
CREATE OR REPLACE FUNCTION greenroom.history_transaction() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $fn$
DECLARE
  transaction_id bigint;
BEGIN
  UPDATE greenroom.transactions t SET issued_at = clock_timestamp()
   WHERE t.id = substring(current_setting('greenroom.transaction_id', true) FROM '^[0-9]{1,18}$')::bigint AND t.made_in = pg_current_xact_id()
  RETURNING t.id INTO transaction_id;
  IF transaction_id IS NULL THEN
    INSERT INTO greenroom.transactions (issued_at, actor, remote_addr, comment, made_in)
    VALUES (clock_timestamp(), session_user, host(inet_client_addr()), 'changed by hand in SQL', pg_current_xact_id()) RETURNING id INTO transaction_id;
    PERFORM set_config('greenroom.transaction_id', transaction_id::text, true);
  END IF;
  RETURN transaction_id;
END $fn$;
