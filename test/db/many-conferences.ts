/** A database of many conferences, made of one. */
import type { Database } from '../../src/db/client.ts';

const conferences = 200;
/** The ids of one conference are so much greater than those of the one before. */
export const apart = 100_000;

/** Adds a mirrored conference many times over, and the runs of some days to each. */
export async function addManyLikeIt(database: Database): Promise<void> {
  const sql = (text: string) => database.sql.unsafe(text);
  await sql('set session_replication_role = replica');
  const tables = await sql(`
    select c.relname as name, string_agg(quote_ident(attname), ', ') as columns, string_agg(case
             when atttypid = 'int8'::regtype and attname ~ '(^|_)id$' then format('%I + n * ${apart}', attname)
             when atttypid = 'uuid'::regtype and attname ~ '^(run_)?id$' then format('md5(%I::text || n)::uuid', attname)
             when attname = 'slug' then 'slug || n'
             when attname = 'issued_at' then $$issued_at + n * interval '1 hour' - interval '1 year'$$
             else quote_ident(attname) end, ', ') as shifted
      from pg_class c join pg_attribute a on a.attrelid = c.oid and attnum > 0 and not attisdropped
     where c.relnamespace = 'greenroom'::regnamespace and c.relkind = 'r' and c.relname !~ '^__' group by 1`);
  for (const { name, columns, shifted } of tables)
    await sql(`insert into greenroom.${name} (${columns}) overriding system value
      select ${shifted} from greenroom.${name}, generate_series(1, ${conferences}) n`);
  await sql(`
    select setval(pg_get_serial_sequence(attrelid::regclass::text, 'id'), ${apart * (conferences + 1)})
      from pg_attribute where attidentity <> '' and attrelid::regclass::text like 'greenroom.%';
    insert into greenroom.sync_runs (id, conference_id, state, trigger, entities, requested_at, finished_at)
    select gen_random_uuid(), c.id, 'succeeded', 'schedule', '{}', at, at from greenroom.conferences c,
           generate_series(1, 100) n, lateral (select now() - n * interval '1 hour' as at) x;
    insert into greenroom.sync_steps (run_id, step, duration_ms, outcome)
    select id, 'rooms', 1, '{}' from greenroom.sync_runs where trigger = 'schedule';
    insert into greenroom.transactions (issued_at, conference_id, run_id)
    select requested_at, conference_id, id from greenroom.sync_runs where trigger = 'schedule' order by 1;
    insert into greenroom.webhook_deliveries (conference_id, delivery_key, run_id)
    select conference_id, id, id from greenroom.sync_runs;
    insert into greenroom.notifications (conference_id, webhook_id, body, delivered_at)
    select conference_id, id, '{}', now() from greenroom.sync_runs;
    analyze`);
}
