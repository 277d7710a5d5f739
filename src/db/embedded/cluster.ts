/** The embedded server's data folder: made once, complete or not at all. */
import { spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseUnavailableError } from '../../errors.ts';
import type { Account } from './account.ts';
import { type Installation, majorVersion } from './installation.ts';

/** The server's superuser, and the database that the mirror is in. */
export const roleName = 'greenroom';
export const databaseName = 'greenroom';

/**
 * Makes `home`/data unless it is there: initdb works beside it, and a finished folder is moved into place.
 *
 * @returns the data folder
 * @throws DatabaseUnavailableError when initdb fails, or the data belong to another major version
 */
export async function ensureCluster(o: {
  installation: Installation;
  account: Account;
  home: string;
  password: string;
}): Promise<string> {
  const dataDir = join(o.home, 'data');
  if (o.account.owner && !o.account.passesClosedFolders) {
    chownSync(o.home, o.account.owner.uid, o.account.owner.gid);
  }
  if (existsSync(dataDir)) {
    checkVersion(dataDir);
    return dataDir;
  }
  const workshop = mkdtempSync(join(o.home, 'creating-'));
  try {
    const passwordFile = join(workshop, 'password');
    const newDataDir = join(workshop, 'data');
    writeFileSync(passwordFile, o.password, { mode: 0o600 });
    mkdirSync(newDataDir, { mode: 0o700 });
    if (o.account.owner) {
      for (const path of [workshop, passwordFile, newDataDir]) {
        chownSync(path, o.account.owner.uid, o.account.owner.gid);
      }
    }
    await runInitdb(o.installation, o.account, newDataDir, passwordFile);
    renameSync(newDataDir, dataDir);
    return dataDir;
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function checkVersion(dataDir: string): void {
  const version = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (version === majorVersion) return;
  throw new DatabaseUnavailableError(
    `The data in ${dataDir} are of PostgreSQL ${version}, and this is ${majorVersion}. Set GREENROOM_HOME to another folder, and sync again.`,
  );
}

async function runInitdb(
  installation: Installation,
  account: Account,
  dataDir: string,
  passwordFile: string,
): Promise<void> {
  const { file, args, options } = account.command(installation.initdb, [
    `--pgdata=${dataDir}`,
    `--username=${roleName}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]);
  const child = spawn(file, args, {
    ...options,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (status, signal) => resolve(status ?? signal ?? 1));
  });
  if (code === 0) return;
  throw new DatabaseUnavailableError(
    `The embedded PostgreSQL could not make ${dataDir} (${code}): ${reasonIn(output)}. Set GREENROOM_HOME to another folder, or set DATABASE_URL.`,
  );
}

/** The last lines that say what is wrong: below them initdb tells what it tidied up. */
function reasonIn(output: string): string {
  const lines = output.trim().split('\n');
  const faults = lines.filter((line) => /\b(error|FATAL|PANIC):/.test(line));
  return (faults.length > 0 ? faults : lines).slice(-3).join(' ');
}
