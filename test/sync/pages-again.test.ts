/** Pages that come again with the same bytes are not mapped again; the mirror must be right all the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mirror, mirrorFrom, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
const named = async (table: string, column: string, key: string) =>
  ((await mirror.rows(table)) as Record<string, unknown>[]).find((row) => row[column] === key);

const renamedIn = (name: unknown) =>
  Object.fromEntries(Object.entries(name as object).map(([locale, text]) => [locale, `${text}, renamed`]));

beforeAll(async () => {
  mirror = await mirrorOf();
  await mirror.sync();
});
afterAll(() => mirror.close());

describe('pages that come again', () => {
  test('bring back rows that were taken out of the mirror by hand', async () => {
    const before = await mirror.rows('talks', 'pretalx_code');
    await mirror.db.execute(`delete from greenroom.schedule_slots where slot_type <> 'talk'`);
    await mirror.db.execute(`update greenroom.talks set removed_at = now() where pretalx_code = 'WWGVLF'`);
    const { changes } = await mirror.sync();
    // The history knows nothing of what was done by hand, so the talk counts as changed.
    expect(changes.talks).toMatchObject({ changed: 1 });
    expect(changes.schedule_slots.added).toBeGreaterThan(0);
    const content = (rows: Record<string, unknown>[]) => rows.map(({ changed_at: _, ...row }) => row);
    expect(content(await mirror.rows('talks', 'pretalx_code'))).toEqual(content(before));
  });

  test('give talks the new name of their tag, track and type, although no submission changed', async () => {
    const talk = await named('talks', 'pretalx_code', 'WWGVLF');
    const tagged = ((await mirror.rows('talks')) as { pretalx_code: string; tags: string[] }[]).find(
      ({ tags }) => tags.length > 0,
    );
    const tag = tagged?.tags[0];
    mirror.upstream.edit('tags', (items) =>
      items.map((item) => (item.tag === tag ? { ...item, tag: 'renamed' } : item)),
    );
    mirror.upstream.edit('tracks', (items) => items.map((item) => ({ ...item, name: renamedIn(item.name) })));
    mirror.upstream.edit('submission-types', (items) =>
      items.map((item) => ({ ...item, name: renamedIn(item.name) })),
    );
    await mirror.sync();
    const renamed = await named('talks', 'pretalx_code', 'WWGVLF');
    expect((await named('talks', 'pretalx_code', tagged?.pretalx_code ?? ''))?.tags).toContain('renamed');
    expect(renamed?.track).toBe(`${talk?.track}, renamed`);
    expect(renamed?.submission_type).toBe(`${talk?.submission_type}, renamed`);
  });

  test('give slots the new name of their talk, although no slot changed', async () => {
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) => (item.code === 'WWGVLF' ? { ...item, title: 'Renamed' } : item)),
    );
    await mirror.sync();
    expect((await named('schedule_slots', 'submission_code', 'WWGVLF'))?.title).toBe('Renamed');
  });

  test('are mapped for each conference with its own ids', async () => {
    const { url, slug } = mirror.upstream;
    const other = await mirrorFrom(
      { url, slug, token: mirror.upstream.token('organiser') },
      { slug: 'other' },
    );
    try {
      await other.db.execute(
        `select setval('greenroom.speakers_id_seq', 5000), setval('greenroom.rooms_id_seq', 7000)`,
      );
      const result = await other.sync();
      expect(result.changes.talks.added).toBe((await mirror.sync()).talks);
      const [orphans] = await other.db.execute(
        `select count(*)::int as n from greenroom.talks where room_id is not null and room_id <= 7000`,
      );
      expect(orphans).toEqual({ n: 0 });
      expect((await other.sync()).changes.talks).toMatchObject({ added: 0, changed: 0, removed: 0 });
    } finally {
      await other.close();
    }
  });
});
