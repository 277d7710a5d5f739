-- The triggers record any table that can be registered. Of one that was renamed or altered beyond that they warn, and
-- never keep its owner from writing it: `greenroom versions` writes what is missing later. A virtual generated column (PostgreSQL 18) has no value
-- in a trigger's rows, so it is computed from them by its own expression.
--
-- A row that one transaction changes several times has one version of it: the last, and 0 when the row was new in it.
-- One that it makes and deletes again leaves no trace.
CREATE OR REPLACE FUNCTION greenroom.history_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $fn$
DECLARE
  versions CONSTANT text := format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME || '_versions');
  names text; whole text; names_r text; names_o text; assigned text; key_names text; same_key text; same_row text; no_old_row text;
  changed text; gone text; found boolean; transaction_id bigint;
BEGIN
  IF current_setting('greenroom.recording', true) = 'on' THEN RETURN NULL; END IF;
  BEGIN
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped AND NOT EXISTS (
         SELECT FROM pg_attribute v WHERE v.attrelid = versions::regclass AND v.attname = a.attname AND NOT v.attisdropped
            AND (v.atttypid, v.atttypmod) = (a.atttypid, a.atttypmod))) THEN
      PERFORM greenroom.history_enable(TG_RELID);
    END IF;

    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
           string_agg(CASE WHEN attgenerated = 'v' THEN (SELECT format('(%s) AS %I', pg_get_expr(d.adbin, d.adrelid), attname)
                                                           FROM pg_attrdef d WHERE d.adrelid = attrelid AND d.adnum = attnum)
                           ELSE quote_ident(attname) END, ', ' ORDER BY attnum),
           string_agg(format('r.%I', attname), ', ' ORDER BY attnum),
           string_agg(format('o.%I', attname), ', ' ORDER BY attnum), string_agg(format('%1$I = excluded.%1$I', attname), ', ')
      INTO names, whole, names_r, names_o, assigned
      FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;
    SELECT string_agg(quote_ident(a.attname), ', '), string_agg(format('v.%1$I = r.%1$I', a.attname), ' AND '),
           string_agg(format('o.%1$I = r.%1$I', a.attname), ' AND '), format('o.%I IS NULL', min(a.attname))
      INTO key_names, same_key, same_row, no_old_row
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = TG_RELID AND i.indisprimary;

    CASE TG_OP
      WHEN 'INSERT' THEN
        changed := format('SELECT r.*, 0 AS operation_type FROM (SELECT %s FROM new_rows) r', whole);
      WHEN 'UPDATE' THEN
        -- A row that was left as it was has no new version; one whose key changed is another row.
        changed := format('SELECT r.*, CASE WHEN %1$s THEN 0 ELSE 1 END AS operation_type FROM (SELECT %5$s FROM new_rows) r LEFT JOIN (SELECT %5$s FROM old_rows) o ON %2$s
                            WHERE %1$s OR ROW(%3$s)::record *<> ROW(%4$s)::record', no_old_row, same_row, names_r, names_o, whole);
        gone := format('SELECT r.* FROM (SELECT %s FROM old_rows) r WHERE NOT EXISTS (SELECT FROM new_rows o WHERE %s)', whole, same_row);
      WHEN 'DELETE' THEN
        gone := format('SELECT r.* FROM (SELECT %s FROM old_rows) r', whole);
      WHEN 'TRUNCATE' THEN
        gone := format('SELECT r.* FROM %s r WHERE r.end_transaction_id IS NULL AND r.operation_type <> 2', versions);
    END CASE;
    EXECUTE concat('SELECT ', COALESCE('EXISTS (' || changed || ')', 'false'), ' OR ', COALESCE('EXISTS (' || gone || ')', 'false')) INTO found;
    IF NOT found THEN RETURN NULL; END IF;
    transaction_id := greenroom.history_transaction();

    IF gone IS NOT NULL THEN
      EXECUTE format('DELETE FROM %s v USING (%s) r WHERE %s AND v.transaction_id = %s AND v.operation_type = 0', versions, gone, same_key, transaction_id);
      EXECUTE format('UPDATE %s v SET end_transaction_id = NULL FROM (%s) r WHERE %s AND v.end_transaction_id = %s AND v.operation_type = 2', versions, gone, same_key, transaction_id);
      EXECUTE format('INSERT INTO %1$s AS w (%2$s, transaction_id, end_transaction_id, operation_type)
                      SELECT %3$s, %4$s, NULL, 2 FROM (%5$s) r
                       WHERE EXISTS (SELECT FROM %1$s v WHERE %6$s AND v.end_transaction_id IS NULL AND v.operation_type <> 2)
                      ON CONFLICT (%7$s, transaction_id) DO UPDATE SET %8$s, operation_type = 2',
                     versions, names, names_r, transaction_id, gone, same_key, key_names, assigned);
      EXECUTE format('UPDATE %s v SET end_transaction_id = %s FROM (%s) r WHERE %s AND v.end_transaction_id IS NULL AND v.transaction_id <> %2$s AND v.operation_type <> 2',
                     versions, transaction_id, gone, same_key);
    END IF;
    IF changed IS NOT NULL THEN
      EXECUTE format('UPDATE %s v SET end_transaction_id = %s FROM (%s) r WHERE %s AND v.end_transaction_id IS NULL AND v.transaction_id <> %2$s',
                     versions, transaction_id, changed, same_key);
      EXECUTE format('INSERT INTO %s AS w (%s, transaction_id, end_transaction_id, operation_type)
                      SELECT %s, %s, NULL, r.operation_type FROM (%s) r
                      ON CONFLICT (%s, transaction_id) DO UPDATE SET %s, operation_type = CASE WHEN w.operation_type = 0 THEN 0 ELSE 1 END',
                     versions, names, names_r, transaction_id, changed, key_names, assigned);
    END IF;
  EXCEPTION WHEN syntax_error_or_access_rule_violation OR data_exception OR feature_not_supported
              OR dependent_objects_still_exist OR raise_exception THEN
    RAISE WARNING 'greenroom has no version of what was written to %.% just now: %', TG_TABLE_SCHEMA, TG_TABLE_NAME, SQLERRM
      USING HINT = format('After a table was renamed or altered, do the same with its version table, and then: greenroom versions --register %s.%s',
                          TG_TABLE_SCHEMA, TG_TABLE_NAME);
  END;
  RETURN NULL;
END $fn$;
