import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UnauthorizedError, UnknownEventError } from '../../src/errors.ts';
import { openReading } from '../../src/pretalx/reading.ts';
import { startReplayServer } from '../support/replay-server.ts';
import { type RunningPretalx, startPretalx } from './pretalx.ts';

const recorded = join(import.meta.dirname, '../../fixtures/democon-2025.2/1-v1.0');
const everything = ['rooms', 'speakers', 'talks', 'schedule', 'defaults'] as const;
const config = { concurrency: 4, connectTimeoutMs: 5_000, timeoutMs: 30_000 };

let pretalx: RunningPretalx;
beforeAll(async () => {
  pretalx = await startPretalx();
}, 150_000);
afterAll(() => pretalx?.close());

async function readAll(baseUrl: string, token: string | undefined) {
  const reading = openReading({ baseUrl, eventSlug: 'democon', token, config });
  try {
    await reading.verifyAccess(everything);
    const release = await reading.release();
    return {
      event: await reading.event(),
      release,
      rooms: await reading.rooms().all(),
      speakers: await reading.speakers().all(),
      submissions: await reading.submissions().all(),
      types: await reading.submissionTypes().all(),
      tracks: await reading.tracks(),
      tags: await reading.tags(),
      slots: release === null ? [] : await reading.slots(release).all(),
      warnings: reading.warnings().map((warning) => warning.replaceAll(baseUrl, 'BASE')),
    };
  } finally {
    reading.close();
  }
}

describe('a running pretalx 2025.2.2', () => {
  test.each(['organiser', 'anonymous'])('is read by %s exactly as it was recorded', async (reader) => {
    const replay = await startReplayServer({ recordings: 'democon-2025.2' });
    try {
      const live = await readAll(pretalx.url, reader === 'organiser' ? pretalx.token : undefined);
      const replayed = await readAll(replay.url, reader === 'organiser' ? replay.token(reader) : undefined);
      expect(live).toEqual(replayed);
      expect(live.submissions).toHaveLength(reader === 'organiser' ? 37 : 28);
    } finally {
      await replay.close();
    }
  });

  test('answers as the recordings say, field by field', async () => {
    for (const file of (await readdir(join(recorded, 'v1-organiser'))).sort()) {
      const { request, status, headers, body } = JSON.parse(
        await readFile(join(recorded, 'v1-organiser', file), 'utf8'),
      );
      if (status !== 200 || headers['Content-Type'] !== 'application/json') continue;
      const response = await fetch(`${pretalx.url}${request.path}?${request.query}`, {
        headers: { authorization: `Token ${pretalx.token}`, 'pretalx-version': 'v1' },
      });
      const live = (await response.text()).replaceAll(pretalx.url, 'http://127.0.0.1:8345');
      expect(JSON.parse(live), file).toEqual(body);
    }
  });

  test('refuses a wrong token, and knows no other event', async () => {
    await expect(readAll(pretalx.url, 'wrong')).rejects.toBeInstanceOf(UnauthorizedError);
    const reading = openReading({ baseUrl: pretalx.url, eventSlug: 'nothere', token: pretalx.token, config });
    await expect(reading.verifyAccess(everything)).rejects.toBeInstanceOf(UnknownEventError);
  });

  test('is followed through a change and a release', async () => {
    const before = await readAll(pretalx.url, pretalx.token);
    await pretalx.api('PATCH', 'rooms/1/', { name: { en: 'Renamed Hall' } });
    await pretalx.release('1.1');
    const after = await readAll(pretalx.url, pretalx.token);
    expect(after.rooms.find(({ id }) => id === 1)?.name).toEqual({ en: 'Renamed Hall' });
    expect(after.release).toMatchObject({ version: '1.1' });
    expect(after.release?.id).not.toBe(before.release?.id);
    expect(after.slots.filter((slot) => slot.is_visible)).toHaveLength(32);
    expect(after.slots.map(({ id }) => id)).not.toEqual(before.slots.map(({ id }) => id));
  });
});
