-- Keys are compared by the operator of their primary key's index, so that a type of an extension (ltree, citext) is one as
-- well. Only a superuser can make the operator class that names it; what others make in schema public is still not called,
-- also not for a domain of theirs, since the values are taken as the type of that class. Whoever waits for a reconcile takes
-- its time after the wait. A column whose domain refuses what old versions have keeps nobody from writing. All else is as
-- it was; see 0008_history_of_any_table.sql and 0010_narrow_history_triggers.sql.
CREATE OR REPLACE FUNCTION greenroom.history_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $fn$
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
    -- `own` and `equals` are set where the type of a key is an extension's.
    SELECT string_agg(quote_ident(a.attname), ', '), string_agg(format('v.%1$I%2$s %3$s r.%1$I%2$s', a.attname, own, equals), ' AND '),
           string_agg(format('o.%1$I%2$s %3$s r.%1$I%2$s', a.attname, own, equals), ' AND '), format('o.%I IS NULL', min(a.attname))
      INTO key_names, same_key, same_row, no_old_row
      FROM pg_index i CROSS JOIN unnest(i.indkey::int2[], i.indclass::oid[]) AS k(attnum, opclass)
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      LEFT JOIN (SELECT c.oid AS opclass, '::' || format_type(c.opcintype, NULL) AS type, format('OPERATOR(%I.%s)', n.nspname, o.oprname) AS operator
                   FROM pg_opclass c JOIN pg_am m ON m.oid = c.opcmethod AND m.amname = 'btree'
                   JOIN pg_amop p ON p.amopfamily = c.opcfamily AND p.amopstrategy = 3 AND (p.amoplefttype, p.amoprighttype) = (c.opcintype, c.opcintype)
                   JOIN pg_operator o ON o.oid = p.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace AND n.nspname <> 'pg_catalog') e USING (opclass)
      CROSS JOIN LATERAL (SELECT COALESCE(e.type, '') AS own, COALESCE(e.operator, '=') AS equals) x
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
    -- A reconcile that holds the versions may write of the same rows; its time has to be earlier than ours.
    EXECUTE format('LOCK TABLE %s IN ROW EXCLUSIVE MODE', versions);
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
              OR dependent_objects_still_exist OR raise_exception OR not_null_violation OR check_violation THEN
    RAISE WARNING 'greenroom has no version of what was written to %.% just now: %', TG_TABLE_SCHEMA, TG_TABLE_NAME, SQLERRM
      USING HINT = format('After a table was renamed or altered, do the same with its version table, and then: greenroom versions --register %s.%s',
                          TG_TABLE_SCHEMA, TG_TABLE_NAME);
  END;
  RETURN NULL;
END $fn$;
