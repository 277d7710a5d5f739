-- History: for a table with a primary key, its version table, the indexes that as-of and reconcile need, and its
-- as-of function. Used for our own tables below and for those that users register.
CREATE FUNCTION greenroom.history_enable(live regclass) RETURNS regclass LANGUAGE plpgsql AS $fn$
DECLARE
  schema_name text; table_name text; versions text; live_columns text; key_columns text;
BEGIN
  SELECT n.nspname, c.relname INTO schema_name, table_name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = live;
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO live_columns
    FROM pg_attribute WHERE attrelid = live AND attnum > 0 AND NOT attisdropped;
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum)) INTO key_columns
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
   WHERE i.indrelid = live AND i.indisprimary;
  IF key_columns IS NULL THEN
    RAISE EXCEPTION 'table %.% has no primary key, so its rows have no identity to keep a history of', schema_name, table_name;
  END IF;
  versions := format('%I.%I', schema_name, table_name || '_versions');
  EXECUTE format('CREATE TABLE %s (LIKE %s, transaction_id bigint NOT NULL, end_transaction_id bigint, operation_type smallint NOT NULL CHECK (operation_type IN (0, 1, 2)))', versions, live);
  EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s, transaction_id)', versions, key_columns);
  EXECUTE format('CREATE INDEX ON %s (%s) WHERE end_transaction_id IS NULL', versions, key_columns);
  EXECUTE format('CREATE INDEX ON %s (transaction_id)', versions);
  EXECUTE format('CREATE INDEX ON %s (end_transaction_id)', versions);
  EXECUTE format($as_of$
    CREATE FUNCTION %I.%I(at timestamptz) RETURNS SETOF %s LANGUAGE sql STABLE AS $$
      SELECT %s FROM %s v
       WHERE v.operation_type <> 2
         AND EXISTS (SELECT FROM greenroom.transactions t WHERE t.id = v.transaction_id AND t.issued_at <= at)
         AND NOT EXISTS (SELECT FROM greenroom.transactions t WHERE t.id = v.end_transaction_id AND t.issued_at <= at)
    $$ $as_of$, schema_name, table_name || '_as_of', live,
    (SELECT string_agg('v.' || quote_ident(attname), ', ' ORDER BY attnum)
       FROM pg_attribute WHERE attrelid = live AND attnum > 0 AND NOT attisdropped), versions);
  RETURN versions::regclass;
END $fn$;
--> statement-breakpoint
SELECT greenroom.history_enable(t::regclass) FROM unnest(ARRAY[
  'greenroom.rooms', 'greenroom.submission_types', 'greenroom.tracks', 'greenroom.tags', 'greenroom.speakers',
  'greenroom.talks', 'greenroom.talk_speakers', 'greenroom.schedule_slots', 'greenroom.activities',
  'greenroom.activity_talks', 'greenroom.submission_type_defaults', 'greenroom.overrides']) AS t;
