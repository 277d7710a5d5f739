-- The as-of function's body was quoted with dollars: a column named with two of them ended it, and with triggers on what
-- followed ran as their owner. All else is as it was; see 0001_history.sql.
CREATE OR REPLACE FUNCTION greenroom.history_enable(live regclass) RETURNS regclass LANGUAGE plpgsql AS $fn$
DECLARE
  schema_name text; table_name text; versions text; column_names text; key_columns text; missing record; as_of text;
  open_end CONSTANT text := 'COALESCE(%send_transaction_id, 9223372036854775807)';
BEGIN
  SELECT n.nspname, c.relname INTO schema_name, table_name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = live;
  IF octet_length(table_name) > 54 THEN
    RAISE EXCEPTION 'the name of table %.% is too long: %_versions would be cut off', schema_name, table_name, table_name;
  END IF;
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum)) INTO key_columns
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
   WHERE i.indrelid = live AND i.indisprimary;
  IF key_columns IS NULL THEN
    RAISE EXCEPTION 'table %.% has no primary key, so its rows have no identity to keep a history of', schema_name, table_name;
  END IF;
  versions := format('%I.%I', schema_name, table_name || '_versions');
  IF to_regclass(versions) IS NULL THEN
    EXECUTE format('CREATE TABLE %s AS TABLE %s WITH NO DATA', versions, live);
    -- Rows of up to half a page stay whole: moving their texts out and fetching them back costs more than the rest.
    EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 4080)', versions);
    EXECUTE format('ALTER TABLE %s ADD transaction_id bigint NOT NULL, ADD end_transaction_id bigint, ADD operation_type smallint NOT NULL CHECK (operation_type IN (0, 1, 2))', versions);
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s, transaction_id)', versions, key_columns);
    EXECUTE format('CREATE INDEX ON %s (%s) WHERE end_transaction_id IS NULL', versions, key_columns);
    EXECUTE format('CREATE INDEX ON %s (transaction_id)', versions);
    EXECUTE format('CREATE INDEX ON %s (%s%s, transaction_id)', versions,
      CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = live AND attname = 'conference_id' AND NOT attisdropped)
           THEN 'conference_id, ' ELSE '' END, format(open_end, ''));
  END IF;
  FOR missing IN
    SELECT l.attname, format_type(l.atttypid, l.atttypmod) AS type, v.attname IS NULL AS is_new
      FROM pg_attribute l
      LEFT JOIN pg_attribute v ON v.attrelid = versions::regclass AND v.attname = l.attname AND NOT v.attisdropped
     WHERE l.attrelid = live AND l.attnum > 0 AND NOT l.attisdropped
       AND (v.atttypid, v.atttypmod) IS DISTINCT FROM (l.atttypid, l.atttypmod)
     ORDER BY l.attnum
  LOOP
    EXECUTE format(CASE WHEN missing.is_new THEN 'ALTER TABLE %1$s ADD %2$I %3$s'
                        ELSE 'ALTER TABLE %1$s ALTER %2$I TYPE %3$s USING %2$I::text::%3$s' END,
                   versions, missing.attname, missing.type);
  END LOOP;
  SELECT string_agg('v.' || quote_ident(attname), ', ' ORDER BY attnum) INTO column_names
    FROM pg_attribute WHERE attrelid = live AND attnum > 0 AND NOT attisdropped;
  -- The time is $1 and not its name: in the body a column of that name would win.
  as_of := format($as_of$
    SELECT %s FROM %s v
     WHERE v.operation_type <> 2
       AND v.transaction_id <= (SELECT max(t.id) FROM greenroom.transactions t WHERE t.issued_at <= $1)
       AND %s >= (SELECT COALESCE(min(t.id), 9223372036854775807) FROM greenroom.transactions t WHERE t.issued_at > $1)
       AND (v.transaction_id < (SELECT COALESCE(min(t.id), 9223372036854775807) FROM greenroom.transactions t WHERE t.issued_at > $1)
            OR EXISTS (SELECT FROM greenroom.transactions t WHERE t.id = v.transaction_id AND t.issued_at <= $1))
       AND (%s > (SELECT max(t.id) FROM greenroom.transactions t WHERE t.issued_at <= $1)
            OR NOT EXISTS (SELECT FROM greenroom.transactions t WHERE t.id = v.end_transaction_id AND t.issued_at <= $1))
  $as_of$, column_names, versions, format(open_end, 'v.'), format(open_end, 'v.'));
  EXECUTE format('CREATE OR REPLACE FUNCTION %I.%I(at timestamptz) RETURNS SETOF %s LANGUAGE sql STABLE AS %L',
    schema_name, table_name || '_as_of', live, as_of);
  RETURN versions::regclass;
END $fn$;
