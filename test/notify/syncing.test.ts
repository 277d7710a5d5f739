import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addConference } from '../../src/conferences/conferences.ts';
import { changesOf } from '../../src/history/changes/index.ts';
import { openRig, type Rig } from '../queue/rig.ts';
import { backends } from '../support/backends.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { secret, secretEnv } from './stage.ts';

describe.each(backends)('a recorded event, on $name', (backend) => {
  let rig: Rig;
  let upstream: ReplayServer;
  let receiver: Receiver;
  beforeAll(async () => {
    process.env[secretEnv] = secret;
    upstream = await startReplayServer({ step: '1-v1.0' });
    receiver = await startReceiver(secret);
    rig = await openRig(backend, {
      PRETALX_BASE_URL: upstream.url,
      PRETALX_TOKEN: upstream.token('organiser'),
    });
  });
  afterAll(async () => {
    await rig.close();
    await receiver.close();
    await upstream.close();
  });

  test('each run that changed something is one message with its public changes', async () => {
    const { orm } = rig.database;
    const { id } = await addConference(orm, {
      slug: 'democon',
      event: upstream.slug,
      notifyUrl: receiver.url,
      notifySecretEnv: secretEnv,
    });
    const worker = await rig.queue.startWorker();
    const sync = async () => {
      const run = await rig.queue.requestSync({ conference: 'democon', trigger: 'cli', actor: 'ada' });
      await rig.until(run, 'succeeded');
      return run;
    };
    const runs = [await sync(), await sync()];
    await upstream.show('3-v1.1');
    runs.push(await sync());
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(2);
    const [first, second] = receiver.received;
    expect(receiver.received.every(({ verified }) => verified)).toBe(true);
    expect([first?.body.run, second?.body.run]).toEqual([runs[0], runs[2]]);
    const changes = await changesOf(orm, { id }, { publicOnly: true });
    expect(first?.body.changes.length).toBeGreaterThan(100);
    expect(sorted(receiver.received.flatMap(({ body }) => body.changes))).toEqual(sorted(changes));
    expect(second?.body.changes.map(({ kind }) => kind)).toContain('moved');
    const emails = await rig.database.sql`select email from greenroom.speakers where email is not null`;
    expect(emails.length).toBeGreaterThan(0);
    for (const { email } of emails) expect(first?.raw).not.toContain(email);
    await worker.close();
  });
});

/** Within a run changes have no order. */
const sorted = (changes: unknown[]) => changes.map((change) => JSON.stringify(change)).sort();
