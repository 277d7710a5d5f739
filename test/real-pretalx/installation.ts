/** Finds a Python that can run pretalx 2025.2, and installs pretalx for it once, in a folder of the checkout. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const packages = ['pretalx==2025.2.2', 'gunicorn'];

interface Installation {
  /** The folder with the programs `python` and `gunicorn`. */
  programs: string;
}

export const installation: Installation = {
  programs: join(root, '.venv-pretalx/bin'),
};

/** @returns a program's name, or undefined when there is no Python from 3.10 to 3.12 */
export async function findPython(): Promise<string | undefined> {
  for (const program of ['python3.12', 'python3.11', 'python3.10', 'python3', 'python']) {
    try {
      const { stdout } = await run(program, ['-c', 'import sys, venv; print(*sys.version_info[:2])']);
      if (/^3 1[0-2]$/.test(stdout.trim())) return program;
    } catch {
      // Not there, or too small to make environments: the next one may do.
    }
  }
  return undefined;
}

const folder = join(root, '.venv-pretalx');
/** Written last, so that an installation that was broken off is begun again. */
const mark = join(folder, 'complete');

export function isInstalled(): boolean {
  return existsSync(mark);
}

export async function install(python: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await run(python, ['-m', 'venv', folder]);
  await run(join(installation.programs, 'pip'), ['install', '--quiet', ...packages]);
  await writeFile(mark, packages.join('\n'));
}

/** What pretalx needs to know, with everything it writes below `work`. */
export function environment({ work, port }: { work: string; port: number }): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: work,
    LC_ALL: 'C.UTF-8',
    PYTHONPATH: import.meta.dirname,
    PYTHONDONTWRITEBYTECODE: '1',
    DJANGO_SETTINGS_MODULE: 'pxsettings',
    PRETALX_DATA_DIR: join(work, 'data'),
    PRETALX_FILESYSTEM_STATIC: join(work, 'static'),
    PRETALX_SITE_URL: `http://127.0.0.1:${port}`,
    PRETALX_DEBUG: 'False',
    PRETALX_HTTPS: 'False',
    PRETALX_DB_TYPE: 'sqlite3',
    PRETALX_DB_NAME: join(work, 'pretalx.sqlite3'),
    PRETALX_REDIS_SESSIONS: 'False',
  };
}
