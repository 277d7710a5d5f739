import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { organiserToken, startReplay } from '../../../src/demo/replay/server.ts';

const directory = join(import.meta.dirname, '../../../fixtures/democon');
/** Bodies name the host they were recorded from. */
const recordedHost = 'http://127.0.0.1:8345';

async function replay(step = '1-v1.0') {
  const server = await startReplay({ directory, step });
  onTestFinished(() => server.close());
  return server;
}

async function recordingOf(path: string) {
  return JSON.parse(await readFile(join(directory, path), 'utf8'));
}

const asOrganiser = { authorization: `Token ${organiserToken}`, 'pretalx-version': 'v2' };

test.each([
  'v2-organiser/rooms',
  'v2-organiser/event',
  'v2-organiser/submissions.p3',
  'v2-organiser/slots.p2',
  'v2-organiser/slots.wip.p2',
  'v2-organiser/slots.visible',
  'v2-organiser/schedules.latest',
  'v2-organiser/schedules.wip',
  'v2-organiser/submissions.accepted-confirmed.p2',
  'v2-organiser-page-size-10/slots.p2',
  'v2-organiser-page-size-10/slots.p11',
  'v2-organiser-page-size-10/speakers.p7',
  'v2-organiser-page-size-25/submissions',
  'v2-organiser-page-size-250/submissions',
  'v2-organiser-details/rooms.limit-offset',
  'v2-organiser-details/submissions.limit-offset',
  'v2-organiser-details/submissions.limit-only-is-ignored',
  'v2-organiser-details/room',
  'v2-organiser-details/submission-two-slots',
  'v2-organiser-details/submission.lowercase-code',
  'v2-anonymous/slots',
  'v2-anonymous/slots.wip',
  'v2-anonymous/tags',
  'v2-anonymous/schedules.wip',
  'errors/400-bad-state',
  'errors/400-bad-version',
  'errors/400-slots-unknown-schedule',
  'errors/401-bad-token',
  'errors/401-anonymous-tags',
  'errors/404-page-out-of-range',
  'errors/404-page-zero',
  'errors/404-unknown-submission',
])('the replay answers %s as it was recorded', async (path) => {
  const { request, status, body } = await recordingOf(`1-v1.0/${path}.json`);
  const server = await replay();
  const authorization =
    request.auth === 'organiser'
      ? asOrganiser.authorization
      : request.auth === 'anonymous'
        ? undefined
        : 'Token x';
  const response = await fetch(`${server.url}${request.path}?${request.query}`, {
    headers: {
      'pretalx-version': request.headers['Pretalx-Version'],
      ...(authorization === undefined ? {} : { authorization }),
    },
  });
  expect(response.status).toBe(status);
  const sent = (await response.text()).replaceAll(
    /"(next|previous)":"http:\/\/[^/]+/g,
    `"$1":"${recordedHost}`,
  );
  expect(JSON.parse(sent)).toEqual(body);
});

test('the replay shows one moment after the other, with the exports of each', async () => {
  const server = await replay();
  const version = async () => {
    const response = await fetch(`${server.url}/api/events/democon/schedules/latest/`, {
      headers: asOrganiser,
    });
    return ((await response.json()) as { version: string }).version;
  };
  const exported = async () => (await fetch(`${server.url}/democon/schedule/export/schedule.json`)).text();
  expect(await version()).toBe('1.0');
  const before = await exported();
  await server.show('3-v1.1');
  expect(await version()).toBe('1.1');
  expect(await exported()).not.toBe(before);
  expect(before).toBe(await readFile(join(directory, '1-v1.0/exports/schedule.json'), 'utf8'));
});

test('slots of an earlier release stay readable', async () => {
  const server = await replay('4-v1.2');
  const response = await fetch(`${server.url}/api/events/democon/slots/?schedule=41`, {
    headers: asOrganiser,
  });
  expect(await response.json()).toMatchObject({ count: 105 });
});

test('a missing slash is redirected, an unknown event and an unknown endpoint are pages', async () => {
  const server = await replay();
  const moved = await fetch(`${server.url}/api/events/democon/slots`, { redirect: 'manual' });
  expect([moved.status, moved.headers.get('location')]).toEqual([301, '/api/events/democon/slots/']);
  for (const path of ['/api/events/nothere/', '/api/events/democon/nothing/', '/']) {
    const response = await fetch(server.url + path);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      'text/html; charset=utf-8',
    ]);
  }
});

test('the port that is taken is an error with its code', async () => {
  const first = await replay();
  await expect(
    startReplay({ directory, step: '1-v1.0', port: Number(new URL(first.url).port) }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
