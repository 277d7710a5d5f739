import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { DatabaseUnavailableError } from '../../src/errors.ts';
import { createProducer } from '../../src/queue/producer.ts';
import { findRun } from '../../src/runs/runs.ts';
import { makeConference } from '../runs/conference.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { freePort } from '../support/servers.ts';

describe('a producer', () => {
  let mirror: TestDatabase;
  beforeAll(async () => {
    mirror = await createTestDatabase();
  });
  afterAll(() => mirror.drop());

  test('can be closed twice, and connects anew when it is asked again', async () => {
    const { slug } = await makeConference(mirror.database);
    const producer = createProducer({ config: readConfig({ DATABASE_URL: mirror.url }) });
    const request = { conference: slug, trigger: 'api' as const };
    const id = await producer.requestSync(request);
    await Promise.all([producer.close(), producer.close()]);
    expect(await producer.requestSync(request)).toBe(id);
    expect(await findRun(mirror.database.orm, id)).toMatchObject({ state: 'queued' });
    await producer.close();
    await producer.close();
  });

  test('that is closed while its database can not be reached tells that to who asked, once', async () => {
    const url = `postgres://me@127.0.0.1:${await freePort()}/programme`;
    const producer = createProducer({ config: readConfig({ DATABASE_URL: url }) });
    const asked = producer.requestSync({ conference: 'any', trigger: 'api' });
    const closed = producer.close();
    await expect(asked).rejects.toThrow(DatabaseUnavailableError);
    await expect(closed).resolves.toBeUndefined();
  });
});
