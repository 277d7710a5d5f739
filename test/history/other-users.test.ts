/** What other users of the database make does not get greenroom's rights. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { requireRegistrable } from '../../src/history/registrable.ts';
import { registerTable } from '../../src/history/tables.ts';
import { setTriggers } from '../../src/history/triggers.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const register = async (name: string) => {
  await requireRegistrable(db.database.orm, name);
  return registerTable(db.database.orm, name);
};

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

describe('a version table that another database user made beside a table of theirs', () => {
  const role = `stranger_${process.pid}`;
  const asStranger = (text: string) => sql(`set local role ${role}; ${text}`);
  beforeAll(async () => {
    await sql(`create role ${role}; create schema strange authorization ${role}`);
    await asStranger(`
      create table strange.badges (id int primary key);
      create table strange.badges_versions (id int, transaction_id bigint, end_transaction_id bigint,
        operation_type smallint, primary key (id, transaction_id));
      grant all on schema strange to public; grant all on strange.badges, strange.badges_versions to public;
      create table strange.called (by text);
      create function strange.spy() returns trigger language plpgsql as
        'begin insert into strange.called values (current_user); return new; end';
      create trigger spy before insert on strange.badges_versions for each row execute function strange.spy();
      insert into strange.badges values (1)`);
  });
  afterAll(async () => {
    await sql(`drop owned by ${role} cascade; drop role ${role}`);
  });

  test('is nothing to write to: triggers on it would run as the user of greenroom', async () => {
    await reconcileVersions(db.database, { actor: 'me', delete: true });
    await setTriggers(db.database, true);
    await asStranger('insert into strange.badges values (2)');
    expect(await sql('select by from strange.called')).toEqual([]);
    await setTriggers(db.database, false);
  });

  test('is told as the reason why the table can not be registered', async () => {
    await expect(register('strange.badges')).rejects.toThrow(
      new RegExp(`belongs to the database user "${role}", whose triggers would run as`),
    );
    await sql('alter table strange.badges_versions owner to current_user');
    await register('strange.badges');
  });

  test('is in nobody’s way as a temporary one of another session', async () => {
    const session = openDatabase(db.url, { maxConnections: 1 });
    await session.sql.unsafe(`
      create temp table badges (id int primary key);
      create temp table badges_versions (id int, transaction_id bigint, end_transaction_id bigint,
        operation_type smallint, primary key (id, transaction_id));
      insert into badges values (1)`);
    await reconcileVersions(db.database, { actor: 'me', delete: true });
    await session.close();
  });
});

describe('functions and operators that anybody made in schema public for the type of names', () => {
  test('are not called', async () => {
    await sql(`
      create function public.quote_ident(name) returns text language plpgsql as
        'begin raise exception ''called as %'', current_user; end';
      create function public.joined(name, name) returns text language plpgsql as
        'begin raise exception ''called as %'', current_user; end';
      create function public.joined(name, text) returns text language plpgsql as
        'begin raise exception ''called as %'', current_user; end';
      create operator public.|| (leftarg = name, rightarg = name, function = public.joined);
      create operator public.|| (leftarg = name, rightarg = text, function = public.joined)`);
    await expect(requireRegistrable(db.database.orm, 'greenroom.talks')).resolves.toBeUndefined();
    await sql(
      `drop function public.quote_ident(name); drop function public.joined(name, name), public.joined(name, text) cascade`,
    );
  });
});
