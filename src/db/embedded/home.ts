/** The folder of the embedded server, and the secret in it that everybody who may use the server can read. */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SettingsError } from '../../errors.ts';

export interface Home {
  folder: string;
  /** The server's password. */
  password: string;
  /** Where the server's keeper listens. Only one process can listen there. */
  keeperAddress: string;
  /** The same home prefers the same port, so that a restarted server is found again. */
  preferredPort: number;
}

const ours = /^(password|data|creating-|server\.log|keeper\.log)/;

/**
 * Opens the home, or makes it: mode 0700, with a new password.
 *
 * @throws SettingsError when the folder can't be used, or has other things in it
 */
export function openHome(folder: string): Home {
  try {
    makeFolder(folder);
    const entries = readdirSync(folder);
    if (entries.length > 0 && !entries.some((entry) => ours.test(entry))) {
      throw new SettingsError(
        `${folder} has other things in it. Set GREENROOM_HOME to a new or empty folder.`,
      );
    }
    if ((statSync(folder).mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
    const password = readOrMakePassword(folder);
    const digest = createHash('sha256').update(password).digest();
    return {
      folder,
      password,
      keeperAddress: addressFor(digest.toString('hex').slice(0, 32)),
      preferredPort: 20_000 + (digest.readUInt32BE() % 10_000),
    };
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(
      `${folder} can not be used for the embedded PostgreSQL (${(error as Error).message}). Set GREENROOM_HOME to a folder of your own, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

/** Folder by folder: where the system lets nobody make one, as in /proc, Node's own recursion never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Written beside and linked into place: of two processes that begin at once, both get the first one's. */
function readOrMakePassword(folder: string): string {
  const file = join(folder, 'password');
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const read = () => readFileSync(file, 'utf8').trim();
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (existsSync(join(folder, 'data'))) {
    throw new SettingsError(
      `${file} is missing, and the data beside it can not be opened without that password. Put the file back, or set GREENROOM_HOME to another folder and sync again.`,
    );
  }
  writeFileSync(draft, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read();
}

/** On Linux a name that the kernel gives back when its process ends, elsewhere a pipe or a socket file. */
function addressFor(name: string): string {
  if (process.platform === 'linux') return `\0greenroom-${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\greenroom-${name}`;
  return join(tmpdir(), `greenroom-${name.slice(0, 16)}.sock`);
}
