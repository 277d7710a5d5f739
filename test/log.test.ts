import { describe, expect, it } from 'vitest';
import { secretFromEnv } from '../src/config.ts';
import { createLogger, type Logger } from '../src/log.ts';
import { redact, rememberSecret } from '../src/log-redaction.ts';

function logged(use: (log: Logger) => void, format: 'json' | 'pretty' = 'json', level = 'info'): string {
  let text = '';
  use(createLogger({ level, format }, { write: (line) => (text += line) }));
  return text;
}

describe.each(['json', 'pretty'] as const)('the %s log', (format) => {
  it('shows no secret, however deep it is', () => {
    const text = logged((log) => {
      log.info({ token: 'hunter2', a: { b: [{ adminToken: 'hunter2', webhook_secret: 'hunter2' }] } });
      log.info({ headers: { authorization: ['Token hunter2'], 'set-cookie': ['sid=hunter2'] } });
      log.info({ answer: JSON.stringify({ password: 'hunter2', name: 'kept' }) });
    }, format);
    expect(text).not.toContain('hunter2');
    expect(text).toContain('kept');
  });

  it('shows no password or token inside URLs and sentences', () => {
    const text = logged((log) => {
      log.info('connecting to postgres://me:hunter2@db:5432/mirror');
      log.info('connecting to redis://:hunter2@cache:6379');
      log.info('GET https://talks.example.org/api?q=1&token=hunter2&page=2');
      log.info('refused with Authorization: Token hunter2hunter2');
      log.error(new Error('connect postgres://me:p@hunter2@db/mirror failed'));
    }, format);
    expect(text).not.toContain('hunter2');
    expect(text).toContain('db:5432/mirror');
    expect(text).toContain('page=2');
  });

  it('shows no value of a variable that a conference names', () => {
    const secret = secretFromEnv('CONFERENCE_TOKEN', { CONFERENCE_TOKEN: 'correct-horse-battery' }) ?? '';
    expect(logged((log) => log.warn(`upstream said: bad value ${secret}`), format)).not.toContain(secret);
  });
});

describe('the log', () => {
  it('names the variable of a secret, because that is no secret', () => {
    expect(logged((log) => log.info({ token_env: 'PYCON_TOKEN' }))).toContain('PYCON_TOKEN');
  });

  it('is one JSON document a line', () => {
    const lines = logged((log) => {
      log.info({ headers: { cookie: 'a="b\\"c"' } }, 'first "quoted"');
      log.warn('second');
    }).trimEnd();
    const documents = lines.split('\n').map((line) => JSON.parse(line));
    expect(documents).toMatchObject([
      { level: 30, msg: 'first "quoted"' },
      { level: 40, msg: 'second' },
    ]);
  });

  it('tells a failure by its innermost cause; the stack, and what it was wrapped in, only to who debugs', () => {
    const fail = (log: Logger) => {
      const cause = Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' });
      log.error({ err: new Error('Failed query: select secrets', { cause }) }, 'request failed');
    };
    const brief = {
      msg: 'request failed',
      err: { type: 'Error', message: 'nobody listens', code: 'ECONNREFUSED' },
    };
    expect(JSON.parse(logged(fail))).toMatchObject(brief);
    expect(logged(fail)).not.toMatch(/select|stack|\.ts/);
    expect(logged(fail, 'pretty')).not.toMatch(/select|stack|\.ts/);
    for (const level of ['debug', 'trace'])
      expect(logged(fail, 'json', level)).toMatch(/"stack":".*log\.test\.ts/);
  });

  it('leaves out what is below its level', () => {
    expect(logged((log) => log.info('quiet'), 'json', 'warn')).toBe('');
  });
});

it.each(['a', 'token', '-token', ':b', '://b:', '&a', '"a', '\\"token\\":\\"'])(
  'a text without an end, of %s again and again, is searched for secrets in no time',
  (part) => {
    const text = part.repeat(200_000 / part.length);
    expect(redact(`{"msg":"${text}"}`)).toContain(text.slice(0, 2));
  },
  20_000,
);

it('a remembered secret is hidden in a line of JSON too, where its quotes are escaped', () => {
  const secret = 'say "open" \\ sesame';
  rememberSecret(secret);
  expect(redact(JSON.stringify({ msg: `it said ${secret}` }))).toBe('{"msg":"it said [redacted]"}');
});

it('a remembered secret that begins with another one is hidden as a whole', () => {
  for (const secret of ['winter-2027', 'winter-2027-and-more']) rememberSecret(secret);
  expect(redact('it said winter-2027-and-more.')).toBe('it said [redacted].');
});
