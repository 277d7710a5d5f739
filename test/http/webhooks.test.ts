import { createHmac } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { conferences, syncRuns, webhookDeliveries } from '../../src/db/schema/index.ts';
import { adminToken, askWhileRemoved, startTestWeb, type TestWeb } from './web.ts';

const secret = 'a-secret-of-the-tests';
const standardSecret = `whsec_${Buffer.from('another secret of the tests').toString('base64')}`;
const body = JSON.stringify({ event: 'democon', user: 'organiser', schedule: '1.1', changes: {} });

let web: TestWeb;

/** Every test has its own server: failed attempts are counted by address. */
beforeEach(async () => {
  web = await startTestWeb();
  await web.database.orm.insert(conferences).values([
    { slug: 'democon', name: 'DemoCon', pretalxEventSlug: 'democon', webhookSecretEnv: 'HOOK_DEMOCON' },
    { slug: 'unset', name: 'Unset', pretalxEventSlug: 'unset', webhookSecretEnv: 'HOOK_NOT_SET' },
    { slug: 'none', name: 'None', pretalxEventSlug: 'none' },
    { slug: 'eventless', name: 'Eventless', webhookSecretEnv: 'HOOK_DEMOCON' },
  ]);
});
afterEach(() => web.close());
beforeAll(() => {
  process.env.HOOK_DEMOCON = secret;
});
afterAll(() => {
  delete process.env.HOOK_DEMOCON;
});

const deliver = (headers: Record<string, string>, content: string | Buffer = body, slug = 'democon') =>
  web.ask(`/webhooks/pretalx/${slug}`, { method: 'POST', headers, body: content });
const seconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset;
const djangoHeaders = (key = secret, content: string | Buffer = body, timestamp = String(seconds())) => ({
  'django-webhook-request-timestamp': timestamp,
  'django-webhook-signature-v1': createHmac('sha256', key)
    .update(`${timestamp}:`)
    .update(content)
    .digest('hex'),
});
const standardHeaders = (key = standardSecret, id = 'msg_1', at = new Date()) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  'webhook-signature': (key.startsWith('whsec_')
    ? new Webhook(key)
    : new Webhook(key, { format: 'raw' })
  ).sign(id, at, body),
});
const runs = () => web.database.orm.select().from(syncRuns);

describe('a delivery with the conference’s secret', () => {
  it.each([
    ['in X-Webhook-Secret', () => ({ 'x-webhook-secret': secret })],
    ['as a bearer token', () => ({ authorization: `Bearer ${secret}` })],
    ['signed as django-webhook does', () => djangoHeaders()],
    [
      'signed as django-webhook does with several secrets',
      () => {
        const { 'django-webhook-signature-v1': right, ...rest } = djangoHeaders();
        return { ...rest, 'django-webhook-signature-v1': `${'0'.repeat(64)},${right}` };
      },
    ],
    ['signed as Standard Webhooks says', () => standardHeaders(secret)],
  ])('%s asks for a run, which is committed before the answer', async (_name, headers) => {
    const answer = await deliver(headers());
    expect(answer.status).toBe(202);
    const { run } = (await answer.json()) as { run: string };
    expect(await runs()).toMatchObject([{ id: run, trigger: 'webhook', remoteAddr: '127.0.0.1' }]);
  });

  it('of Standard Webhooks may be written in base64', async () => {
    process.env.HOOK_DEMOCON = standardSecret;
    try {
      expect((await deliver(standardHeaders())).status).toBe(202);
    } finally {
      process.env.HOOK_DEMOCON = secret;
    }
  });

  it('may be the old or the new one while both are set', async () => {
    process.env.HOOK_DEMOCON = 'the-new-secret, the-old-secret';
    try {
      expect((await deliver({ 'x-webhook-secret': 'the-new-secret' })).status).toBe(202);
      expect((await deliver(djangoHeaders('the-old-secret'))).status).toBe(202);
      expect((await deliver({ 'x-webhook-secret': 'the-new-secret, the-old-secret' })).status).toBe(401);
    } finally {
      process.env.HOOK_DEMOCON = secret;
    }
  });

  it('which is a phrase is not opened by one word of it', async () => {
    process.env.HOOK_DEMOCON = 'keep this conference safe';
    try {
      expect((await deliver({ 'x-webhook-secret': 'conference' })).status).toBe(401);
      expect((await deliver({ 'x-webhook-secret': 'keep this conference safe' })).status).toBe(202);
    } finally {
      process.env.HOOK_DEMOCON = secret;
    }
  });

  it('asks for one run, however many come while it waits', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => deliver({ 'x-webhook-secret': secret })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const named = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { run: string }).run),
    );
    expect(new Set(named).size).toBe(1);
  });

  it('is remembered while the conference is paused', async () => {
    await web.database.orm
      .update(conferences)
      .set({ pausedAt: new Date() })
      .where(eq(conferences.slug, 'democon'));
    expect((await deliver({ 'x-webhook-secret': secret })).status).toBe(202);
    expect(await runs()).toMatchObject([{ state: 'queued' }]);
  });

  it('for a conference without an event is told so', async () => {
    const answer = await deliver({ 'x-webhook-secret': secret }, body, 'eventless');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining('eventless') });
  });
});

describe('what is refused', () => {
  it('is refused with the same answer, whatever is wrong with it', async () => {
    const old = String(seconds(-301));
    const early = String(seconds(600));
    const refusals = await Promise.all([
      deliver({}),
      deliver({ 'x-webhook-secret': `${secret}x` }),
      deliver({ authorization: 'Bearer ' }),
      deliver(djangoHeaders('another-secret')),
      deliver(djangoHeaders(secret, body, old)),
      deliver(djangoHeaders(secret, body, early)),
      deliver(standardHeaders(secret, 'msg_1', new Date(Date.now() - 301_000))),
      deliver({ 'x-webhook-secret': secret }, body, 'unknown'),
      deliver({ 'x-webhook-secret': secret }, body, 'unset'),
    ]);
    expect(refusals.map(({ status }) => status)).toEqual(refusals.map(() => 401));
    const texts = await Promise.all(refusals.map((answer) => answer.text()));
    expect(new Set(texts).size).toBe(1);
    expect(await runs()).toEqual([]);
  });

  it('a signature of another body, and one that was made for another time', async () => {
    const headers = djangoHeaders();
    expect((await deliver(headers, '{}')).status).toBe(401);
    expect(
      (await deliver({ ...headers, 'django-webhook-request-timestamp': String(seconds(1)) })).status,
    ).toBe(401);
    const signed = standardHeaders(secret);
    expect((await deliver({ ...signed, 'webhook-id': 'msg_2' })).status).toBe(401);
    const timestamp = `${signed['webhook-timestamp']}x`;
    expect((await deliver({ ...signed, 'webhook-timestamp': timestamp })).status).toBe(401);
  });

  it('one of a conference that is being removed, when that is done', async () => {
    // With a run that waits: the delivery joins it.
    await deliver({ 'x-webhook-secret': secret });
    const answer = await askWhileRemoved(web, 'democon', () => deliver(djangoHeaders()));
    expect(answer.status).toBe(401);
  });

  it('a secret that is not set opens nothing, not even to an empty one', async () => {
    process.env.HOOK_NOT_SET = '';
    expect((await deliver({ 'x-webhook-secret': '' }, body, 'unset')).status).toBe(401);
    expect((await deliver(djangoHeaders('', body), body, 'none')).status).toBe(401);
    delete process.env.HOOK_NOT_SET;
  });

  it('the admin token is not a webhook secret', async () => {
    expect((await deliver({ authorization: `Bearer ${adminToken}` })).status).toBe(401);
  });

  it('slugs that can not be are unknown ones', async () => {
    for (const slug of ['%00', '..%2f', 'A%20B', 'x'.repeat(200), '%E2%98%83']) {
      expect((await deliver({ 'x-webhook-secret': secret }, body, slug)).status, slug).toBe(401);
    }
  });

  it('after 10 failures an address has to wait, also with the right secret', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await deliver({ 'x-webhook-secret': `wrong-${attempt}` })).status).toBe(401);
    }
    const answer = await deliver({ 'x-webhook-secret': secret });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await web.askAsAdmin('/api/conferences/democon/sync', { method: 'POST' })).status).toBe(429);
    expect((await web.ask('/api/conferences')).status).toBe(200);
  });

  it('a sender with a wrong secret does not keep those of other conferences out that share its address', async () => {
    await web.database.orm
      .insert(conferences)
      .values({ slug: 'other', name: 'Other', pretalxEventSlug: 'other', webhookSecretEnv: 'HOOK_DEMOCON' });
    for (let attempt = 0; attempt < 30; attempt += 1) await deliver({ 'x-webhook-secret': 'wrong' });
    expect((await deliver({ 'x-webhook-secret': secret })).status).toBe(429);
    expect((await deliver({ 'x-webhook-secret': secret }, body, 'other')).status).toBe(202);
  });

  it('failures for one conference after the other count for the address, and hide which there are', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 11; attempt += 1)
      statuses.push((await deliver({ 'x-webhook-secret': 'wrong' }, body, `unknown-${attempt}`)).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
    expect((await deliver({ 'x-webhook-secret': 'wrong' })).status).toBe(429);
  });

  it('whoever claims to come from elsewhere is still counted', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 11; attempt += 1) {
      statuses.push(
        (await deliver({ 'x-webhook-secret': 'wrong', 'x-forwarded-for': `10.0.0.${attempt}` })).status,
      );
    }
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('a body', () => {
  it('that was encoded twice is accepted', async () => {
    expect((await deliver({ 'x-webhook-secret': secret }, JSON.stringify(body))).status).toBe(202);
  });

  it.each([
    ['nothing', ''],
    ['half of it', body.slice(0, 10)],
    ['a form', 'a=b'],
  ])('that is not JSON (%s) is refused', async (_name, content) => {
    const answer = await deliver({ 'x-webhook-secret': secret }, content);
    expect(answer.status).toBe(400);
    expect(await runs()).toEqual([]);
  });

  it('that is not UTF-8 is refused, though it is signed', async () => {
    const bytes = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
    expect((await deliver(djangoHeaders(secret, bytes), bytes)).status).toBe(400);
  });

  it('is taken as it is, whatever its type is said to be', async () => {
    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'nonsense;;',
    ]) {
      expect((await deliver({ ...djangoHeaders(), 'content-type': type })).status, type).toBe(202);
    }
  });

  it('may have 1 MiB and no more', async () => {
    const most = JSON.stringify('x'.repeat(1024 * 1024 - 2));
    expect((await deliver({ 'x-webhook-secret': secret }, most)).status).toBe(202);
    expect((await deliver({ 'x-webhook-secret': secret }, `${most} `)).status).toBe(413);
  });
});

describe('a delivery that was seen before', () => {
  const runOf = async (answer: Response) => {
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { run: string }).run;
  };
  const finishAll = () =>
    web.database.orm.update(syncRuns).set({ state: 'succeeded', finishedAt: new Date() });

  it('by its id makes no second run, however it is signed the second time', async () => {
    const first = await runOf(await deliver(standardHeaders(secret)));
    await finishAll();
    const later = standardHeaders(secret, 'msg_1', new Date(Date.now() + 60_000));
    expect(await runOf(await deliver(later))).toBe(first);
    expect(await runs()).toHaveLength(1);
    expect(await runOf(await deliver(standardHeaders(secret, 'msg_2')))).not.toBe(first);
  });

  it('by timestamp and signature makes no second run, also when the list of signatures is another', async () => {
    const headers = djangoHeaders();
    const first = await runOf(await deliver(headers));
    await finishAll();
    expect(await runOf(await deliver(headers))).toBe(first);
    const padded = `${headers['django-webhook-signature-v1'].toUpperCase()},${'0'.repeat(64)}`;
    expect(await runOf(await deliver({ ...headers, 'django-webhook-signature-v1': padded }))).toBe(first);
    expect(await runs()).toHaveLength(1);
  });

  it('makes one run when it comes many times at once', async () => {
    const headers = standardHeaders(secret);
    const named = await Promise.all(Array.from({ length: 10 }, async () => runOf(await deliver(headers))));
    expect(new Set(named).size).toBe(1);
    expect(await web.database.orm.select().from(webhookDeliveries)).toHaveLength(1);
  });
});

describe('when it can not be made durable', () => {
  it('the sender hears 503 and may try again', async () => {
    await web.database.sql.unsafe('alter table greenroom.sync_runs rename to sync_runs_away');
    expect((await deliver({ 'x-webhook-secret': secret })).status).toBe(503);
    await web.database.sql.unsafe('alter table greenroom.sync_runs_away rename to sync_runs');
    await web.database.close();
    const answer = await deliver({ 'x-webhook-secret': secret });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
  });
});

it('no secret is ever logged', async () => {
  await deliver({ 'x-webhook-secret': secret });
  await deliver(djangoHeaders('wrong'));
  expect(web.log.join('\n')).not.toContain(secret);
  expect(web.log.join('\n')).not.toContain(adminToken);
});
