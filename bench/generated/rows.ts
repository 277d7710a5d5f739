/** Rows put straight into a database, where no sync is measured. */
import type { Database } from '../../src/db/client.ts';
import { copyIn, withClient } from '../stage/copy.ts';
import { prose } from './prose.ts';

/** Talks with 2.5 KB of text, of the conference `bench`, without any versions. */
export async function fillTalks({ sql, url }: Database, talks: number): Promise<void> {
  const [conference] = await sql`select id from greenroom.conferences where slug = 'bench'`;
  function* lines() {
    for (let at = 0; at < talks; at += 1) {
      const texts = [`Talk ${at}`, prose(3 * at + 1, 500), prose(3 * at + 2, 2_000)];
      yield `${conference?.id}\tT${at}\t${texts.join('\t')}\tconfirmed\t${'0'.repeat(64)}\n`;
    }
  }
  const columns = 'conference_id, pretalx_code, title, abstract, description, state, content_hash';
  await withClient(url, (client) => copyIn(client, `greenroom.talks (${columns})`, lines()));
  await sql`vacuum analyze greenroom.talks`;
}

/** Slots, small rows, of the conference `bench`, without any versions. */
export async function fillSlots({ sql }: Database, slots: number): Promise<void> {
  await sql`
    insert into greenroom.schedule_slots
      (conference_id, content_hash, slot_key, title, start_at, end_at, slot_type, is_visible)
    select c.id, md5(n::text), 'slot-' || n, 'Slot ' || n, now(), now(), 'other', true
      from greenroom.conferences c, generate_series(1, ${slots}::int) n where c.slug = 'bench'`;
  await sql`vacuum analyze greenroom.schedule_slots`;
}

export interface HistoryShape {
  conferences: number;
  talks: number;
  versions: number;
}

/** So many versions of each talk of each conference; every conference has one transaction a day, at its own time. */
export async function fillHistory({ sql }: Database, shape: HistoryShape): Promise<void> {
  const { conferences, talks, versions } = shape;
  await sql`
    insert into greenroom.conferences (slug, name)
    select 'bench-' || n, 'Bench ' || n from generate_series(1, ${conferences}::int) n`;
  await sql`
    insert into greenroom.transactions (issued_at, actor, conference_id)
    select timestamptz '2027-01-01' + v * interval '1 day' + c.id * interval '1 minute', 'bench', c.id
      from greenroom.conferences c, generate_series(1, ${versions}::int) v order by 1`;
  await sql`
    insert into greenroom.talks_versions (id, conference_id, content_hash, created_at, changed_at, pretalx_code, title,
      abstract, tags, state, transaction_id, end_transaction_id, operation_type)
    select t.conference_id * 1000000 + n, t.conference_id, md5(n::text || t.id), t.issued_at, t.issued_at, 'T' || n,
           'Talk ' || n, repeat(md5(n::text || t.id), 8), '{}', 'confirmed', t.id, t.next,
           case when t.previous is null then 0 else 1 end
      from (select *, lead(id) over w as next, lag(id) over w as previous from greenroom.transactions
            window w as (partition by conference_id order by issued_at)) t, generate_series(1, ${talks}::int) n`;
  await sql`vacuum analyze greenroom.talks_versions`;
  await sql`vacuum analyze greenroom.transactions`;
}
