import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseAccount } from '../../../src/db/embedded/account.ts';
import { ensureCluster } from '../../../src/db/embedded/cluster.ts';
import { findInstallation } from '../../../src/db/embedded/installation.ts';
import { startPostmaster } from '../../../src/db/embedded/postmaster.ts';
import {
  closedFolder,
  endServerUsers,
  listens,
  processesOf,
  query,
  until,
  useServer,
} from '../../support/embedded.ts';

describe('the embedded PostgreSQL', { timeout: 120_000 }, () => {
  let folder: string;
  let home: string;
  beforeEach(() => {
    folder = closedFolder();
    home = join(folder, 'home');
  });
  afterEach(async () => {
    endServerUsers();
    await until(() => processesOf(home).length === 0);
    rmSync(folder, { recursive: true, force: true });
  });

  const processNamed = (name: string) =>
    processesOf(home).find(({ command }) => command.includes(name))?.pid ?? 0;

  it('starts by itself in a new folder that only its owner can enter, and keeps its data', async () => {
    const first = await useServer(home);
    const [server] = await query(
      first.url,
      `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_encoding') AS encoding,
              current_setting('TimeZone') AS timezone, current_setting('listen_addresses') AS addresses`,
    );
    expect(server).toEqual({ version: 18, encoding: 'UTF8', timezone: 'UTC', addresses: '127.0.0.1' });
    await query(first.url, `CREATE TABLE kept AS SELECT 'yes' AS answer`);
    await first.leave();
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, 'password')).mode & 0o777).toBe(0o600);
    const second = await useServer(home);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 'yes' }]);
    await second.leave();
  });

  it('lets nobody in without the password', async () => {
    const user = await useServer(home);
    const url = new URL(user.url);
    url.password = 'wrong';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    await user.leave();
  });

  it('is one server for commands that start at the same time, and ends with the last that leaves', async () => {
    const users = await Promise.all([useServer(home), useServer(home), useServer(home)]);
    const url = users[0]?.url ?? '';
    expect(users.map((user) => user.url)).toEqual([url, url, url]);
    await users[0]?.leave();
    await users[1]?.leave();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await users[2]?.leave();
    expect(await listens(url)).toBe(false);
    expect(processesOf(home)).toEqual([]);
  });

  it('starts again for a command that comes while the last one leaves', async () => {
    const first = await useServer(home);
    const [second] = await Promise.all([useServer(home), first.leave()]);
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.leave();
  });

  it('ends when its only user is killed with kill -9', async () => {
    const user = await useServer(home);
    user.kill();
    await until(() => processesOf(home).length === 0);
    expect(await listens(user.url)).toBe(false);
  });

  it('ends with its keeper, and comes back at the same address for those who still use it', async () => {
    const user = await useServer(home);
    const keeper = processNamed('keeper');
    process.kill(keeper, 'SIGKILL');
    await until(() => processNamed('keeper') !== keeper && processNamed('keeper') > 0);
    await until(() =>
      query(user.url, 'SELECT 1')
        .then(() => true)
        .catch(() => false),
    );
    await user.leave();
    expect(processesOf(home)).toEqual([]);
  });

  it('comes back for those who use it also after it could not start for a while', async () => {
    const user = await useServer(home);
    const keeper = processNamed('keeper');
    const version = join(home, 'data', 'PG_VERSION');
    writeFileSync(version, '17\n');
    process.kill(keeper, 'SIGKILL');
    await until(() => processNamed('keeper') !== keeper && processNamed('keeper') > 0);
    await until(() => processNamed('keeper') === 0);
    writeFileSync(version, '18\n');
    await until(() =>
      query(user.url, 'SELECT 1')
        .then(() => true)
        .catch(() => false),
    );
    await user.leave();
  });

  it('recovers when everything was killed with kill -9', async () => {
    const user = await useServer(home);
    await query(user.url, `CREATE TABLE kept AS SELECT 'yes' AS answer`);
    const postmaster = Number.parseInt(readFileSync(join(home, 'data', 'postmaster.pid'), 'utf8'), 10);
    user.kill();
    process.kill(processNamed('keeper'), 'SIGKILL');
    process.kill(postmaster, 'SIGKILL');
    const next = await useServer(home);
    expect(await query(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 'yes' }]);
    await next.leave();
  });

  it('starts over a lock file that names a program which is not the server', async () => {
    await (await useServer(home)).leave();
    const lock = [process.pid, join(home, 'data'), 1, 5432, '', '127.0.0.1', '', 'ready', ''].join('\n');
    writeFileSync(join(home, 'data', 'postmaster.pid'), lock, { mode: 0o666 });
    chmodSync(join(home, 'data', 'postmaster.pid'), 0o666);
    const user = await useServer(home);
    expect(await query(user.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await user.leave();
  });

  it('quotes the log when the server does not start', async () => {
    await (await useServer(home)).leave();
    writeFileSync(join(home, 'data', 'postgresql.conf'), 'no_such_setting = 1\n');
    await expect(useServer(home)).rejects.toThrow(/did not start: .*no_such_setting/);
  });

  it('says that its password is gone, or another one', async () => {
    await (await useServer(home)).leave();
    const password = join(home, 'password');
    const before = readFileSync(password);
    rmSync(password);
    await expect(useServer(home)).rejects.toThrow(/password is missing, .* Put the file back/);
    writeFileSync(password, 'another one');
    await expect(useServer(home)).rejects.toThrow(
      /home could not be started: password auth.* See server.log/,
    );
    writeFileSync(password, before);
    await (await useServer(home)).leave();
  });

  it('says that its files can not be written, as on a full disk, when it is made', async () => {
    const noRoom = ['/bin/sh', '-c', `trap '' XFSZ; ulimit -f 1000; exec "$@"`, 'sh'];
    await expect(useServer(home, noRoom)).rejects.toThrow(/could not make .*FATAL: +could not write to file/);
  });

  it('refuses the data of another major version', async () => {
    await (await useServer(home)).leave();
    writeFileSync(join(home, 'data', 'PG_VERSION'), '17\n');
    await expect(useServer(home)).rejects.toThrow(/are of PostgreSQL 17, and this is 18/);
  });

  it('leaves a folder alone that has other things in it', async () => {
    const other = mkdtempSync(join(folder, 'other-'));
    chmodSync(other, 0o755);
    writeFileSync(join(other, 'thesis.tex'), '');
    await expect(useServer(other)).rejects.toThrow(/has other things in it/);
    expect(statSync(other).mode & 0o777).toBe(0o755);
  });

  if (process.getuid?.() === 0) {
    it('runs under another account when root starts it, also below folders that only root can enter', async () => {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      const user = await useServer(home);
      const data = statSync(join(home, 'data'));
      expect(data.uid).not.toBe(0);
      expect(await query(user.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await user.leave();
    });

    it('runs under another account when the programs are below a folder that only root can enter', async () => {
      const installed = await findInstallation();
      const native = dirname(dirname(installed.postgres));
      cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
      const installation = {
        postgres: join(folder, 'native', 'bin', 'postgres'),
        initdb: join(folder, 'native', 'bin', 'initdb'),
      };
      const account = chooseAccount(installation, folder);
      const dataDir = await ensureCluster({ installation, account, home: folder, password: 'secret' });
      const logFile = join(folder, 'server.log');
      const server = await startPostmaster({ installation, account, dataDir, logFile, preferredPort: 0 });
      const url = `postgres://greenroom:secret@127.0.0.1:${server.port}/postgres`;
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await server.stop();
    });

    it('runs under another account when root starts it where everybody can pass', async () => {
      chmodSync(folder, 0o755);
      const user = await useServer(home);
      expect(statSync(join(home, 'data')).uid).not.toBe(0);
      await user.leave();
    });

    it('is shared by root and the user whose folder it is', async () => {
      chmodSync(folder, 0o777);
      const nobody = 65_534;
      const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
      const reach = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--'];
      const user = await useServer(home, [...asNobody, ...reach]);
      const root = await useServer(home);
      expect(root.url).toBe(user.url);
      await user.leave();
      await root.leave();
      const rootFirst = await useServer(home);
      await rootFirst.leave();
      expect(statSync(join(home, 'data')).uid).toBe(nobody);
      const userAgain = await useServer(home, [...asNobody, ...reach]);
      await userAgain.leave();
    });
  }
});
