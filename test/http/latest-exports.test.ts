import { afterAll, beforeAll, expect, test } from 'vitest';
import { LatestExports } from '../../src/http/api/latest-exports.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
let exported: LatestExports;
const ics = async () => exported.of(await mirror.conference(), { format: 'ical' });

beforeAll(async () => {
  mirror = await mirrorOf({});
  await mirror.sync();
  exported = new LatestExports(mirror.db);
});
afterAll(() => mirror.close());

test('a programme is written once, however many ask for it, at the same time and later', async () => {
  const [first, ...others] = [...(await Promise.all([ics(), ics(), ics()])), await ics()];
  for (const other of others) expect(other).toBe(first);
});

test('and anew after each change, also one by hand', async () => {
  const { body, etag } = await ics();
  await mirror.test.database.sql`update greenroom.rooms set name = 'Elsewhere' where id = 1`;
  const changed = await ics();
  expect(changed.etag).not.toBe(etag);
  expect(changed.body.toString()).not.toBe(body.toString());
  expect(changed.body.toString()).toContain('Elsewhere');
});

test('a failure is not kept: the next one who asks gets the programme', async () => {
  await mirror.test.database.sql`update greenroom.rooms set name = 'Nowhere' where id = 1`;
  await mirror.test.database.sql`alter view greenroom.effective_slots rename to slots_away`;
  await expect(ics()).rejects.toThrow();
  await mirror.test.database.sql`alter view greenroom.slots_away rename to effective_slots`;
  expect((await ics()).body.toString()).toContain('Nowhere');
});
