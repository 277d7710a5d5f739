import { afterAll, beforeAll, expect, test } from 'vitest';
import { setOverrides } from '../../src/decisions/overrides.ts';
import { beginningOfNewest } from '../../src/history/changes/bounds.ts';
import { type Change, type ChangesOptions, changesOf } from '../../src/history/changes/index.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

/** The recorded conference over its releases; what changed between them is in fixtures/democon/README.md. */
let mirror: Mirror;
beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
  await mirror.sync();
});
afterAll(() => mirror.close());

async function changesOfStep(step: string): Promise<Change[]> {
  const sql = (text: string) => mirror.test.database.sql.unsafe(text);
  const [time] = await sql('select clock_timestamp() as now from pg_sleep(0.002)');
  await mirror.upstream.show(step);
  await mirror.sync({ allowRemovals: true });
  return changesOf(mirror.db, await mirror.conference(), { since: new Date(time?.now) });
}
const brief = (changes: Change[]) =>
  changes.map(({ entity, key, kind }) => `${entity} ${key} ${kind}`).sort();

test('before a release only what is not the timetable changes', async () => {
  expect(brief(await changesOfStep('2-wip'))).toEqual([
    'speaker FHH8KQ title',
    'talk KFVKKJ new',
    'talk MEEKAR cancelled',
    'talk WBXVAJ title',
  ]);
});

test('a release: moves, a swap of rooms, one session of two, a break', async () => {
  const changes = await changesOfStep('3-v1.1');
  expect(brief(changes.filter((change) => change.entity === 'talk'))).toEqual([
    'talk AM3FHH room',
    'talk HQ9LQL moved',
    'talk KFVKKJ moved',
    'talk KFVKKJ room',
    'talk LSQ739 room',
    'talk NWMV73 room',
    'talk WQKZ3P moved',
    'talk WWGVLF moved',
    'talk WWGVLF room',
  ]);
  expect(changes.filter((change) => change.entity === 'slot')).toMatchObject([{ kind: 'moved' }]);
  expect(changes.find((change) => change.key === 'HQ9LQL')).toMatchObject({
    from: { start: '2026-07-16T09:20:00.000Z' },
    to: { start: '2026-07-16T15:30:00.000Z' },
  });
});

test('the next: a room renamed and one gone, a speaker taken off, a talk withdrawn', async () => {
  const changes = await changesOfStep('4-v1.2');
  expect(brief(changes)).toEqual([
    'room 103 title',
    'room 107 cancelled',
    'talk MWZY7K speakers',
    'talk Y8UPJV cancelled',
  ]);
});

test('talks taken off the timetable lose time and room', async () => {
  const changes = await changesOfStep('5-v2.0');
  expect(changes).toHaveLength(88);
  expect(changes.every((change) => change.to === null && ['moved', 'room'].includes(change.kind))).toBe(true);
});

test('those of one run are never told in two parts, wherever the newest ones begin', async () => {
  const conference = await mirror.conference();
  const correct = async (step: string) => {
    if (step !== 'schedule') return;
    const fields = ['title=Corrected'];
    await setOverrides(mirror.test.database, conference, {
      entity: 'talk',
      key: 'HQ9LQL',
      fields,
      setBy: 'me',
    });
  };
  await mirror.upstream.show('1-v1.0');
  await mirror.sync({ allowRemovals: true, beforeStep: correct });
  const told = async (range: ChangesOptions) =>
    (await changesOf(mirror.db, conference, range)).map((change) => JSON.stringify(change));
  const all = await told({});
  for (let most = 1; ; most += 1) {
    const from = await beginningOfNewest(mirror.db, conference.id, {}, most);
    if (from === undefined) break;
    const earlier = await told({ to: new Date(from.getTime() - 1) });
    expect([...earlier, ...(await told({ from }))].sort(), `the newest ${most}`).toEqual(all.sort());
  }
});
