/**
 * As whom the embedded server runs. PostgreSQL refuses to run as root, so root hands it to another account: the owner
 * of the data, else `postgres`, else `nobody`. Where that account can't reach the programs or the data (a checkout
 * under /root, say), it is lent the one capability that lets it pass.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseUnavailableError } from '../../errors.ts';
import type { Installation } from './installation.ts';

/** How to start the server's programs, and who must own its data. */
export interface Account {
  /** Undefined: the account of this process. */
  owner: { uid: number; gid: number } | undefined;
  /** True when folders above the data may stay closed to the owner. */
  passesClosedFolders: boolean;
  /** What to spawn so that a program runs as this account. */
  command(
    file: string,
    args: readonly string[],
  ): { file: string; args: string[]; options: { uid?: number; gid?: number } };
}

const ourselves: Account = {
  owner: undefined,
  passesClosedFolders: true,
  command: (file, args) => ({ file, args: [...args], options: {} }),
};

/**
 * Chooses the account for the data under `home` (which exists).
 *
 * @throws DatabaseUnavailableError when root finds no account that could run the server there
 */
export function chooseAccount(installation: Installation, home: string): Account {
  if (process.getuid?.() !== 0) return ourselves;
  const owner = ownerOf(join(home, 'data')) ?? accountNamed('postgres') ?? accountNamed('nobody');
  if (owner === undefined) {
    throw new DatabaseUnavailableError(
      'PostgreSQL does not run as root, and there is no account "postgres" or "nobody". Run greenroom as another user, or set DATABASE_URL.',
    );
  }
  const plain: Account = {
    owner,
    passesClosedFolders: false,
    command: (file, args) => ({ file, args: [...args], options: owner }),
  };
  if (mayPass(dirname(home), owner) && runs(plain, installation)) return plain;
  const lent = withCapability(owner);
  if (runs(lent, installation)) return lent;
  throw new DatabaseUnavailableError(
    `PostgreSQL does not run as root, and the account with the id ${owner.uid} can't reach ${home} or ${installation.postgres}. Set GREENROOM_HOME to a folder that it can reach, run greenroom as another user, or set DATABASE_URL.`,
  );
}

/**
 * The capability lasts from one program to the next (initdb starts postgres), and so must what keeps it valid for
 * `access(2)`, which both programs ask whether they may run one another.
 */
function withCapability(owner: { uid: number; gid: number }): Account {
  const lend = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
  const as = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', ...lend, '--'];
  return {
    owner,
    passesClosedFolders: true,
    command: (file, args) => ({ file: 'setpriv', args: [...as, file, ...args], options: {} }),
  };
}

function runs(account: Account, installation: Installation): boolean {
  const { file, args, options } = account.command(installation.postgres, ['--version']);
  return spawnSync(file, args, { ...options, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** Whether every folder from the root to `folder` lets the account through. */
function mayPass(folder: string, { uid, gid }: { uid: number; gid: number }): boolean {
  const { mode, uid: owner, gid: group } = statSync(folder);
  const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  return dirname(folder) === folder || mayPass(dirname(folder), { uid, gid });
}

function ownerOf(folder: string): { uid: number; gid: number } | undefined {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats && stats.uid !== 0 ? { uid: stats.uid, gid: stats.gid } : undefined;
}

function accountNamed(name: string): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid && uid !== '0' ? { uid: Number(uid), gid: Number(gid) } : undefined;
}
