import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { conferences, syncRuns } from '../../src/db/schema/index.ts';
import { startTestWeb, type TestWeb } from './web.ts';

const run = promisify(execFile);
const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const pages = readdirSync(docs).filter((name) => /^webhooks-.+\.md$/.test(name));
const secret = '0123456789abcdef0123456789abcdef';

let web: TestWeb;
beforeAll(async () => {
  process.env.WEBHOOK_SECRET_DEMOCON = secret;
  web = await startTestWeb();
  await web.database.orm.insert(conferences).values({
    slug: 'democon',
    name: 'DemoCon',
    pretalxEventSlug: 'democon',
    webhookSecretEnv: 'WEBHOOK_SECRET_DEMOCON',
  });
});
afterAll(() => web.close());

it.each(pages)('the curl line of docs/%s works as it stands', async (page) => {
  const lines = [...readFileSync(`${docs}${page}`, 'utf8').matchAll(/```sh\n(.*curl .*)\n```/g)].map(
    ([, line]) => line,
  );
  expect(lines).toHaveLength(1);
  const env = { ...process.env, GREENROOM_URL: web.url, WEBHOOK_SECRET_DEMOCON: secret };
  const { stdout } = await run('sh', ['-c', String(lines[0])], { env });
  const stored = await web.database.orm.select({ id: syncRuns.id }).from(syncRuns);
  expect(stored).toEqual([{ id: JSON.parse(stdout).run }]);
});

it('every page is linked from docs/webhooks.md', () => {
  const overview = readFileSync(`${docs}webhooks.md`, 'utf8');
  expect(pages.length).toBe(4);
  for (const page of pages) expect(overview).toContain(`(${page})`);
});
