/**
 * `npm run contract -- CHECK`: makes a new mirror on an embedded PostgreSQL, and runs a check of its tables' names
 * and types (a program that reads DATABASE_URL) against it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMirror } from '../src/db/open.ts';

const [check = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'greenroom-contract-'));
try {
  const database = await openMirror({ databaseUrl: undefined, home: join(folder, 'home') });
  const { status } = spawnSync(process.execPath, [check], {
    env: { ...process.env, DATABASE_URL: database.url },
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
  await database.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
