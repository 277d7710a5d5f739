/** The questions of docs/history.md, asked of a mirror that was synced in June and in July 2026. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

const page = await readFile(new URL('../../docs/history.md', import.meta.url), 'utf8');
const questions = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    question: section.slice(0, section.indexOf('\n')),
    blocks: [...section.matchAll(/```(sh|sql)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
      language,
      text: text as string,
    })),
  }))
  .filter(({ blocks }) => blocks.length > 0);

let mirror: Mirror;
const sql = (text: string) => mirror.test.database.sql.unsafe(text);

beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0', slug: 'myconf' });
  await mirror.sync();
  await sql(`update greenroom.transactions set issued_at = '2026-06-20'`);
  await mirror.upstream.show('3-v1.1');
  await mirror.sync({ allowRemovals: true });
  await mirror.upstream.show('4-v1.2');
  await mirror.sync({ allowRemovals: true });
  await sql(`update greenroom.transactions set issued_at = '2026-07-05' where issued_at > '2026-07-01'`);
  await sql(
    `create table public.badges (id integer primary key, name text); insert into public.badges values (1, 'Ada')`,
  );
});
afterAll(() => mirror.close());

for (const { question, blocks } of questions) {
  describe(question, () => {
    for (const { language, text } of blocks) {
      if (language === 'sql')
        test(`SQL: ${text.split('\n')[0]}`, async () => expect((await sql(text)).length).toBeGreaterThan(0));
      else
        for (const line of text.trim().split('\n'))
          test(line, async () => expect(await answerOf(line)).not.toBe(''));
    }
  });
}

// Of one conference whatever the others are called: nothing of a mirror that has another name.
describe('SQL that asks about myconf', () => {
  const asked = questions
    .filter(({ question }) => question !== 'How long is it kept?')
    .flatMap(({ question, blocks }) => blocks.map((block) => ({ question, ...block })))
    .filter(({ language, text }) => language === 'sql' && /greenroom\./.test(text) && !/public\./.test(text));
  beforeAll(() => sql(`update greenroom.conferences set slug = 'other'`));

  test.each(asked)('says nothing of another conference: $question', async ({ text }) => {
    expect(await sql(text)).toEqual([]);
  });
});

/** What a command of the page prints; it must exit with 0. */
async function answerOf(line: string): Promise<string> {
  const [program, ...args] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );
  expect(program).toBe('greenroom');
  const env = { ...process.env, DATABASE_URL: mirror.test.url, PRETALX_BASE_URL: mirror.upstream.url };
  const { stdout } = await promisify(execFile)(process.execPath, ['src/cli/index.ts', ...args], { env });
  return stdout.trim();
}
