import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { version } from '../../src/version.ts';
import { freePort } from '../support/servers.ts';
import { cli, startCli } from './cli.ts';

describe('greenroom', () => {
  test('shows all commands with --help, and exits 0', async () => {
    const { code, stdout, stderr } = await cli(['--help']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const name of ['demo', 'migrate', 'conference', 'sync', 'plan', 'runs', 'work', 'web', 'doctor']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  test('says its version', async () => {
    const { code, stdout } = await cli(['--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
  });

  test('shows one command’s options with an example', async () => {
    const { code, stdout } = await cli(['runs', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--limit');
    expect(stdout).toContain('--json');
    expect(stdout).toContain('Example:\n  greenroom runs');
  });

  test.each([
    ['no command', []],
    ['an unknown command', ['snyc']],
    ['an unknown option', ['runs', '--limmit', '3']],
    ['a missing argument', ['sync']],
    ['an unknown subcommand', ['conference', 'ad', 'x']],
    ['a number that is none', ['runs', '--limit', 'many']],
  ])('answers %s with 2 and says so on stderr', async (_, args) => {
    const { code, stdout, stderr } = await cli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain('    at ');
  });

  test('answers a GREENROOM_HOME that can not be one with 2, and names it with the other settings', async () => {
    for (const GREENROOM_HOME of [import.meta.filename, `${import.meta.filename}/below`]) {
      const { code, stderr } = await cli(['runs'], { GREENROOM_HOME, PORT: 'x' });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^PORT must be .*; GREENROOM_HOME must be a folder, not a file or below one\./);
    }
  });

  test.runIf(existsSync('/proc/self'))('answers a GREENROOM_HOME that nobody can make with 2', async () => {
    const { code, stderr } = await cli(['runs'], { GREENROOM_HOME: '/proc/greenroom/home' });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/GREENROOM_HOME/)]);
  });

  test('says nothing to a reader that has gone', async () => {
    const running = startCli(['--help']);
    running.child.stdout?.destroy();
    const { code, stderr } = await running.finished;
    expect([code, stderr]).toEqual([0, '']);
  });

  test('says in one sentence that what it answers can not be written, and exits 1', async () => {
    const noRoom = ['/bin/sh', '-c', `trap '' XFSZ; ulimit -f 0; "$@" > answer`, 'sh'];
    const { code, stderr } = await startCli(['--version'], {}, noRoom).finished;
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^The answer can't be written to stdout .*\n$/),
    ]);
  });

  test.each([
    ['help bogus', "unknown command 'bogus'"],
    ['-V', "unknown option '-V'"],
    ['--json', 'name a command'],
    ['', 'name a command'],
  ])('says what is wrong with "%s", with 2', async (args, fault) => {
    const { code, stderr } = await cli(args.split(' ').filter(Boolean));
    expect([code, stderr]).toEqual([2, expect.stringContaining(fault)]);
  });

  test.each([
    ['help', '  conference '],
    ['help conference', '  pause <slug>'],
    ['help conference add', '--event <event>'],
  ])('shows with "%s" what that takes', async (args, shown) => {
    const { code, stdout } = await cli(args.split(' '));
    expect([code, stdout]).toEqual([0, expect.stringContaining(shown)]);
  });

  test('suggests what was meant', async () => {
    expect((await cli(['snyc'])).stderr).toContain('Did you mean sync?');
  });

  test('names all settings that can’t be used at once, without their secrets, and exits 2', async () => {
    const { code, stdout, stderr } = await cli(['runs'], {
      DATABASE_URL: 'mysql://me:hunter2@example.org/db',
      GREENROOM_ATTEMPTS: 'many',
      PORT: '123456',
    });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const name of ['DATABASE_URL', 'GREENROOM_ATTEMPTS', 'PORT']) expect(stderr).toContain(name);
    expect(stderr).not.toContain('hunter2');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('says in one sentence that the database is away, and exits 1', async () => {
    const port = await freePort();
    const { code, stderr } = await cli(['runs'], {
      DATABASE_URL: `postgres://me:hunter2@127.0.0.1:${port}/db`,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${port}`);
    expect(stderr).not.toContain('hunter2');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('ends with 130 when Ctrl-C comes while the database does not answer', async () => {
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    const { startCli } = await import('./cli.ts');
    const running = startCli(['runs'], { DATABASE_URL: `postgres://me@127.0.0.1:${port}/db` });
    await new Promise((resolve) => mute.once('connection', resolve));
    running.child.kill('SIGINT');
    expect((await running.finished).code).toBe(130);
    mute.close();
  });
});
