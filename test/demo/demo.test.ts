import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, startCli } from '../cli/cli.ts';
import { closedFolder, processesOf, until } from '../support/embedded.ts';
import { freePort } from '../support/servers.ts';

const timeout = 180_000;
const root = join(import.meta.dirname, '../..');

interface Slot {
  start: string | null;
  state: string | null;
  code: string | null;
}

/** What follows from the recordings for release 1.0. */
function expectedCounts() {
  const facts = JSON.parse(readFileSync(join(root, 'fixtures/democon/facts.json'), 'utf8'));
  const { counts, released_slots: slots } = facts.steps['1-v1.0'] as {
    counts: {
      rooms: number;
      speakers_with_any_submission: number;
      submissions_by_state: Record<string, number>;
    };
    released_slots: Slot[];
  };
  const { accepted = 0, confirmed = 0 } = counts.submissions_by_state;
  return {
    rooms: counts.rooms,
    speakers: counts.speakers_with_any_submission,
    talks: accepted + confirmed,
    slots: slots.filter(({ start }) => start !== null).length,
    'unscheduled talks': slots.filter(({ start }) => start === null).length,
  };
}

describe('greenroom demo', () => {
  const home = closedFolder();

  test('mirrors release 1.0 and prints the counts that follow from the recordings, twice in a row', {
    timeout,
  }, async () => {
    for (const _ of [1, 2]) {
      const { code, stdout, stderr } = await cli(['demo', '--once'], { GREENROOM_HOME: home, PORT: '0' });
      expect(code, stderr).toBe(0);
      for (const [what, count] of Object.entries(expectedCounts())) {
        expect(stdout).toMatch(new RegExp(`^  ${what} +${count}$`, 'm'));
      }
      // They end with it.
      expect(stdout).not.toMatch(/admin token|\/board/);
    }
  });

  test('plays the recorded releases as README shows it, and leaves nothing behind after Ctrl-C', {
    timeout,
  }, async () => {
    const demo = startCli(['demo'], { GREENROOM_HOME: home, PORT: '0' });
    await demo.says('stays until Ctrl-C');
    demo.child.kill('SIGINT');
    const { code, stdout } = await demo.finished;
    expect(code).toBe(130);
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const transcript = /```text\n\$ npm run -s demo\n([\s\S]*?)```/.exec(readme)?.[1];
    expect(comparable(stdout)).toBe(comparable(transcript ?? ''));
  });

  test('says that the port is taken, and takes another', { timeout }, async () => {
    const port = await freePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    const { code, stdout, stderr } = await cli(['demo', '--once'], {
      GREENROOM_HOME: home,
      PORT: String(port),
    });
    other.close();
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`Port ${port} is taken`);
    expect(stdout).not.toContain(`127.0.0.1:${port}/`);
  });

  test('leaves a conference alone that it did not make', { timeout }, async () => {
    const own = { GREENROOM_HOME: closedFolder(), PORT: '0' };
    await cli(['conference', 'add', 'democon', '--event', 'x'], own);
    const { code, stderr } = await cli(['demo', '--once'], own);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"democon"')]);
  });

  test.each([
    ['postgres://me:secret@127.0.0.1:1/production', 'redis://127.0.0.1:1'],
    ['mysql://nothing-of-ours', '127.0.0.1'],
  ])(
    'leaves the servers and accounts of the settings alone, and says so: %s',
    { timeout },
    async (DATABASE_URL, REDIS_URL) => {
      const env = { DATABASE_URL, REDIS_URL, GREENROOM_USERS_TABLE: 'public.nowhere' };
      const demo = startCli(['demo'], { ...env, GREENROOM_HOME: home, PORT: '0' });
      await demo.says('stays until Ctrl-C');
      await demo.says('DATABASE_URL and REDIS_URL alone');
      await demo.says(/^ +DATABASE_URL= REDIS_URL= npm run -s greenroom -- approve \S+ --detach$/m);
      demo.child.kill('SIGTERM');
      expect((await demo.finished).code).toBe(0);
    },
  );

  test('names no address that ends with it in its JSON', { timeout }, async () => {
    const { json } = await cli(['demo', '--once', '--json'], { GREENROOM_HOME: home, PORT: '0' });
    expect(Object.keys(json())).toEqual(['run', 'conference']);
  });

  test.each([
    ['SIGTERM', 0],
    ['SIGINT', 130],
  ] as const)('with its own database, %s ends all that it started', { timeout }, async (signal, exitCode) => {
    const home = closedFolder();
    const demo = startCli(['demo'], { GREENROOM_HOME: home, PORT: '0' });
    await demo.says('is in the mirror');
    demo.child.kill(signal);
    expect((await demo.finished).code).toBe(exitCode);
    await until(() => processesOf(home).length === 0);
  });

  test('ends with its parent when that is killed by kill -9', { timeout }, async () => {
    const home = closedFolder();
    const shell = ['/bin/sh', '-c', '"$@"; exit', 'sh'];
    const demo = startCli(['demo'], { GREENROOM_HOME: home, PORT: '0' }, shell);
    await demo.says('is in the mirror');
    demo.child.kill('SIGKILL');
    await demo.finished;
    await until(() => processesOf(home).length === 0);
  });

  test('killed by kill -9 itself, leaves no process, and starts again on the same data', {
    timeout,
  }, async () => {
    const home = closedFolder();
    const env = { GREENROOM_HOME: home, PORT: '0' };
    const demo = startCli(['demo'], env);
    await demo.says('is in the mirror');
    demo.child.kill('SIGKILL');
    await demo.finished;
    await until(() => processesOf(home).length === 0);
    const again = await cli(['demo', '--once'], env);
    expect(again.code, again.stderr).toBe(0);
  });
});

/** Without what differs from start to start: ports, times, ids, tokens, and the columns that depend on them. */
function comparable(transcript: string): string {
  return transcript
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, 'RUN')
    .replaceAll(/admin token [0-9a-f]+/g, 'admin token TOKEN')
    .replaceAll(/\b\d+(\.\d+)?m?s\b( \d+s\b)?/g, 'TIME')
    .replaceAll(/ {2,}/g, '  ')
    .trim();
}
