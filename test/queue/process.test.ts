import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/postgres.ts';

const checkout = join(import.meta.dirname, '../..');

test('a process whose start fails has given all its connections back before it ends', async () => {
  const mirror = await createTestDatabase();
  const script = `
    import { openDatabase } from './src/db/client.ts';
    import { SettingsError } from './src/errors.ts';
    import { runProcess } from './workers/process.ts';
    await runProcess('web', async () => {
      throw new SettingsError('The port is taken.');
    });
    const looking = openDatabase(process.env.DATABASE_URL, { maxConnections: 1 });
    const [row] = await looking.sql\`
      select count(*)::int from pg_stat_activity where application_name in ('greenroom web', 'greenroom queue')
        and datname = current_database()\`;
    await looking.close();
    console.log(process.exitCode, row.count);
    process.exit(0);`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { cwd: checkout, env: { ...process.env, DATABASE_URL: mirror.url, REDIS_URL: '' } },
  );
  expect(stderr).toContain('The port is taken.');
  expect(stdout.trim()).toBe('2 0');
  await mirror.drop();
});
