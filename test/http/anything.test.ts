import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDemocon } from './seed.ts';
import { startTestWeb, type TestWeb } from './web.ts';

let web: TestWeb;
beforeAll(async () => {
  web = await startTestWeb({ GREENROOM_TRUSTED_PROXIES: '127.0.0.1' });
  await seedDemocon(web.database, { webhookSecretEnv: 'HOOK_ANYTHING' });
  process.env.HOOK_ANYTHING = 'a-secret-of-the-tests';
});
afterAll(() => web.close());

/** Sends bytes as they are, which no HTTP client would; gives the status, 0 when the server hung up without one. */
function send(request: string): Promise<number> {
  const { hostname, port } = new URL(web.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request, 'latin1'));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)));
  });
}

const part = fc.oneof(
  fc.constantFrom(
    'api',
    'conferences',
    'democon',
    'runs',
    'events',
    'sync',
    'c',
    'board',
    'login',
    'webhooks',
    'pretalx',
    'schedule.json',
    'schedule.ics',
    'changes',
    'assets',
  ),
  fc.constantFrom(
    '..',
    '.',
    '',
    '%00',
    '%',
    '%zz',
    '%ff',
    '%2f',
    '%2e%2e',
    '%F0%9F%98%80',
    '\u00e9',
    '*',
    '~',
    "'",
    '"',
    '{}',
    ';',
    ':id',
    '__proto__',
    'constructor',
  ),
  fc.uuid(),
  fc.string({ unit: fc.constantFrom(...'abc019%-_.~!$&()*+,;=:@é') }),
);
const param = fc.oneof({ weight: 2, arbitrary: fc.constant('democon') }, part);
const path = fc.oneof(
  fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
  fc
    .tuple(
      fc.constantFrom(
        '/c/:',
        '/webhooks/pretalx/:',
        '/api/conferences/:',
        '/api/conferences/:/sync',
        '/api/conferences/:/runs',
        '/api/conferences/:/changes',
        '/api/conferences/:/changes.atom',
        '/api/conferences/:/schedule.json',
        '/api/conferences/:/schedule.ics',
        '/api/runs/:',
        '/api/runs/:/approve',
        '/board/:',
        '/board/api/queues/:',
        '/login',
        '/logout',
        '/metrics',
      ),
      param,
    )
    .map(([template, value]) => template.replace(':', () => value)),
);
const query = fc.option(
  fc
    .array(
      fc.tuple(
        fc.constantFrom('as_of', 'since', 'from', 'to', 'run', 'limit', 'next', '__proto__', 'a[]', ''),
        fc.oneof(
          fc.constantFrom(
            '%00',
            '%',
            '-1',
            '1e9',
            '2026-02-30',
            '2026-07-15',
            '275760-09-13',
            '0000-01-01',
            '%20',
            '\u00ff',
          ),
          fc.uuid(),
        ),
      ),
      { maxLength: 3 },
    )
    .map((pairs) => `?${pairs.map((pair) => pair.join('=')).join('&')}`),
);
const header = fc.constantFrom(
  'Accept: text/html',
  'Accept: \u00ff',
  'Authorization: Bearer the-admin-token-of-the-tests',
  'Authorization: Bearer',
  'Content-Type: application/json',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Type: ;;',
  'Content-Type: application/json; charset=utf-16',
  'Cookie: greenroom_session=a.b.c; =; x',
  'If-None-Match: ",,W/*',
  'Last-Event-ID: \u00ff',
  'Origin: not a url',
  'X-Webhook-Secret: a-secret-of-the-tests',
  'webhook-signature: v1,\u00ff v1',
  'Django-Webhook-Signature-v1: ,,',
  'Range: bytes=9-1',
);
const body = fc.constantFrom(
  '',
  '{',
  '{"entities":[]}',
  '{"__proto__":{}}',
  '"\\ud800"',
  'a=%ff&token=%',
  '\u00ff\u00fe',
  '[[[[',
  'null',
);

it('nothing that a client sends is a failure of ours', async () => {
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
      path,
      query,
      fc.uniqueArray(header, { maxLength: 4, selector: (line) => line.split(':')[0] }),
      body,
      async (method, asPath, search, headers, content) => {
        fc.pre(!asPath.endsWith('/events'));
        asked += 1;
        const lines = [
          `${method} ${asPath}${search ?? ''} HTTP/1.1`,
          'Host: localhost',
          'Connection: close',
          // Another address each time, or after ten wrong ones all that comes is 429.
          `X-Forwarded-For: 10.0.${asked >> 8}.${asked & 255}`,
          ...headers,
        ];
        const status = await send(
          `${lines.join('\r\n')}\r\nContent-Length: ${content.length}\r\n\r\n${content}`,
        );
        expect(status).toBeLessThan(500);
      },
    ),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
  );
  expect(web.log.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
});
