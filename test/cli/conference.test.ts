import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** A command takes a second or two to start on a busy machine, and this needs several. */
const timeout = 120_000;

import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { cli } from './cli.ts';

describe('greenroom conference', () => {
  let db: TestDatabase;
  const greenroom = (...args: string[]) => cli(args, { DATABASE_URL: db.url });
  beforeAll(async () => {
    db = await createTestDatabase();
  });
  afterAll(() => db.drop());

  test('repeats what is not there without what would move the cursor', { timeout }, async () => {
    const { code, stderr } = await greenroom('conference', 'show', 'a\u001b[2J\u009b31mb');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/"ab"[^\p{Cc}]*\n$/u) });
  });

  test('adds, shows, changes, pauses, resumes, lists and removes, as JSON with the columns’ names', {
    timeout,
  }, async () => {
    const added = await greenroom(
      ...['conference', 'add', 'alpha', '--event', 'alpha-2027', '--name', 'Alpha', '--every', '15m'],
      ...[
        '--timezone',
        'Europe/Prague',
        '--base-url',
        'https://pretalx.example.org/',
        '--token-env',
        'ALPHA_TOKEN',
      ],
      '--json',
    );
    expect(added.code, added.stderr).toBe(0);
    expect(added.json()).toMatchObject({
      slug: 'alpha',
      name: 'Alpha',
      pretalx_event_slug: 'alpha-2027',
      base_url: 'https://pretalx.example.org',
      timezone: 'Europe/Prague',
      token_env: 'ALPHA_TOKEN',
      webhook_secret_env: null,
      every: '15m',
      paused_at: null,
      released_version: null,
    });
    const set = await greenroom(
      '--json',
      'conference',
      'set',
      'alpha',
      '--every',
      '',
      '--event',
      'alpha-2028',
    );
    expect(set.json()).toMatchObject({
      every: null,
      pretalx_event_slug: 'alpha-2028',
      token_env: 'ALPHA_TOKEN',
    });
    const paused = await greenroom('conference', 'pause', 'alpha', '--json');
    expect(paused.json().paused_at).toEqual(expect.any(String));
    expect((await greenroom('conference', 'resume', 'alpha', '--json')).json().paused_at).toBeNull();
    expect((await greenroom('conference', 'show', 'alpha')).stdout).toContain('alpha-2028');
    expect((await greenroom('conference', 'list', '--json')).json()).toHaveLength(1);
    const removed = await greenroom('conference', 'remove', 'alpha');
    expect(removed.code, removed.stderr).toBe(0);
    expect((await greenroom('conference', 'list', '--json')).json()).toEqual([]);
  });

  test('refuses what can’t be, all at once, and keeps pasted secrets out of the message', {
    timeout,
  }, async () => {
    const { code, stderr } = await greenroom(
      ...['conference', 'add', 'Be ta', '--event', 'a/b', '--timezone', 'Mars/Base', '--every', '5s'],
      ...['--base-url', 'https://me:hunter2@example.org', '--token-env', 'k3eeze6ic8leo19215642d5skd0y3b4o'],
    );
    expect(code).toBe(2);
    for (const part of ['the slug', '--event', '--timezone', '--every', '--base-url', '--token-env']) {
      expect(stderr).toContain(part);
    }
    expect(stderr).not.toContain('hunter2');
    expect(stderr).not.toContain('k3eeze');
    expect((await greenroom('conference', 'list', '--json')).json()).toEqual([]);
  });

  test('refuses a slug that is taken, and one that is unknown, with 2', { timeout }, async () => {
    await greenroom('conference', 'add', 'gamma', '--event', 'gamma');
    const again = await greenroom('conference', 'add', 'gamma', '--event', 'gamma');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('"gamma"');
    for (const args of [['show'], ['pause'], ['resume'], ['remove'], ['set', '--name', 'x']]) {
      const [name, ...rest] = args as [string, ...string[]];
      const unknown = await greenroom('conference', name, 'nowhere', ...rest);
      expect(unknown.code).toBe(2);
      expect(unknown.stderr).toContain('"nowhere"');
    }
  });

  test('refuses an event without a name, and an event’s address for its server’s', { timeout }, async () => {
    const unnamed = await greenroom('conference', 'add', 'delta', '--event', '');
    expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining('--event')]);
    const address = ['--base-url', 'https://pretalx.example.org/delta-2027/'];
    const added = await greenroom('conference', 'add', 'delta', '--event', 'delta-2027', ...address);
    expect([added.code, added.stderr]).toEqual([
      2,
      expect.stringContaining("Give the server's alone: https://pretalx.example.org\n"),
    ]);
    await greenroom('conference', 'add', 'delta', '--event', 'delta-2027', '--name', 'Delta');
    expect((await greenroom('conference', 'set', 'delta', ...address)).code).toBe(2);
    const cleared = await greenroom('conference', 'set', 'delta', '--name', '');
    expect(cleared.stdout).toContain("is the event's own from the next sync on");
  });
});
