import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { DatabaseUnavailableError, UsageError } from '../../src/errors.ts';
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

  test.each([
    [{ conference: 'any', trigger: 'bogus' }, 'trigger must be one of cli, webhook, api, schedule'],
    [{ conference: 'any' }, 'trigger must be one of cli, webhook, api, schedule'],
    [{ trigger: 'api' }, 'conference is missing'],
    [
      { conference: 'any', trigger: 'api', comment: 'a\0b', actor: 7 },
      'actor must be text; comment has a NUL',
    ],
    [{ conference: 'any', trigger: 'api', entities: ['slots'] }, 'entities.0 must be one of rooms, speakers'],
    [{ conference: 'any', trigger: 'api', entities: [] }, 'entities must name at least one; leave it out'],
    [{ conference: 'any', trigger: 'api', entites: ['rooms'] }, 'has a field that is not known: entites'],
    [undefined, 'the request is missing'],
  ])('refuses %j in one sentence', async (request, fault) => {
    const producer = createProducer({ config: readConfig({ DATABASE_URL: mirror.url }) });
    const asked = producer.requestSync(request as never);
    await expect(asked).rejects.toThrow(UsageError);
    await expect(asked).rejects.toThrow(fault);
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
