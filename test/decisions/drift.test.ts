import { afterEach, describe, expect, test } from 'vitest';
import { findDrift, PRIVATE_VALUE } from '../../src/decisions/drift.ts';
import { setOverrides } from '../../src/decisions/overrides.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
afterEach(() => mirror.close());

async function set(entity: string, key: string, ...fields: string[]) {
  const request = { entity, key, fields, setBy: 'ann' };
  return setOverrides(mirror.test.database, await mirror.conference(), request);
}

describe('drift', () => {
  test('is nothing while upstream says what it said when the overrides were set', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    await set(
      'talk',
      'KXENP3',
      'abstract=x',
      'track=null',
      'tags=',
      'slot_end=2026-07-15T13:00',
      'is_cancelled=true',
    );
    await set('talk', 'M3NCH9', 'room=101');
    await set('room', '107', 'description=x', 'capacity=null');
    await set('slot', 'KXENP3', 'room=null', 'start_at=2026-07-15T09:00');
    await mirror.db.execute(`
      with other as (insert into greenroom.conferences (slug, name) values ('other', 'other') returning id)
      insert into greenroom.talks (conference_id, content_hash, pretalx_code, title, state, abstract)
      select id, '', 'KXENP3', 'Of another conference', 'confirmed', 'Of another conference' from other`);
    const result = await mirror.sync();
    expect(result.drift).toBeUndefined();
  });

  test('is in the report of a run in which upstream changes what an override hides, with both values', async () => {
    mirror = await mirrorOf({ step: '1-v1.0' });
    await mirror.sync();
    await set('talk', 'WBXVAJ', 'title=Mine');
    await set('talk', 'MEEKAR', 'is_cancelled=false');
    await set('talk', 'HQ9LQL', 'slot_start=2026-07-16T09:00', 'room=101');
    await set('speaker', 'FHH8KQ', 'name=Mine', 'biography=Mine');
    await mirror.upstream.show('2-wip');
    const before = await mirror.sync();
    expect(before.drift).toContainEqual({
      entity: 'talk',
      key: 'MEEKAR',
      field: 'is_cancelled',
      override: false,
      base: false,
      upstream: true,
    });
    await mirror.upstream.show('3-v1.1');
    const { drift } = await mirror.sync();
    expect(drift?.map(({ entity, key, field }) => `${entity} ${key} ${field}`)).toEqual([
      'speaker FHH8KQ name',
      'talk HQ9LQL slot_start',
      'talk WBXVAJ title',
    ]);
    expect(drift?.[2]).toMatchObject({
      override: 'Mine',
      base: expect.not.stringContaining('Renamed'),
      upstream: expect.stringContaining('Renamed'),
    });
    await set('talk', 'WBXVAJ', 'title=Mine');
    const again = await findDrift(mirror.db, (await mirror.conference()).id);
    expect(again.map((one) => one.key)).not.toContain('WBXVAJ');
  });

  test('of an e-mail address names no address: a report is public', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    await set('speaker', 'ML9JVM', 'email=mine@example.org');
    mirror.upstream.edit('speakers', (speakers) =>
      speakers.map((one) => (one.code === 'ML9JVM' ? { ...one, email: 'theirs@example.org' } : one)),
    );
    const { drift } = await mirror.sync();
    expect(drift).toMatchObject([
      { field: 'email', override: PRIVATE_VALUE, base: PRIVATE_VALUE, upstream: PRIVATE_VALUE },
    ]);
  });
});
