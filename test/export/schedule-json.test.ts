import { afterEach, describe, expect, test } from 'vitest';
import { exportProgramme } from '../../src/export/programme.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { comparable, entriesOf, type Json, recordedExport, recordedUrl } from './recorded-exports.ts';

let mirror: Mirror;
afterEach(() => mirror.close());

async function exported(options: { asOf?: Date; raw?: boolean } = {}): Promise<Json> {
  const conference = await mirror.conference();
  const { body } = await exportProgramme(mirror.db, conference, {
    format: 'schedule.json',
    baseUrl: recordedUrl,
    ...options,
  });
  return JSON.parse(body);
}

describe('schedule.json', () => {
  test.each([
    ['democon', '1-v1.0'],
    ['democon', '2-wip'],
    ['democon', '3-v1.1'],
    ['democon', '4-v1.2'],
    ['democon', '5-v2.0'],
    ['democon-2025.2', '1-v1.0'],
  ])('of a mirror of %s at %s equals the one that pretalx exported then', async (recordings, step) => {
    mirror = await mirrorOf({ recordings, step });
    await mirror.sync();
    const theirs = JSON.parse(recordedExport(recordings, step, 'schedule.json'));
    const ours = await exported();
    expect(comparable(ours)).toEqual(comparable(theirs));
    if (recordings === 'democon') expect(ends(ours)).toEqual(ends(theirs));
  });
});

const ends = (document: Json) =>
  entriesOf(document)
    .map((entry) => entry.code + entry.end)
    .sort();
