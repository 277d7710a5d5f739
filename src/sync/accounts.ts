/** Links speakers to the user's own accounts table by e-mail. A link that exists stays. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { sqlStateOf } from '../db/failure.ts';
import { speakers } from '../db/schema/index.ts';
import { UsageError } from '../errors.ts';
import type { StepContext } from './context.ts';
import type { StepTransaction } from './step-transaction.ts';

/**
 * Looks up the accounts of all speakers that have none yet, and links those with exactly one.
 *
 * @returns a warning when an e-mail belongs to several accounts, without naming it
 * @throws UsageError when the accounts table is not as the settings say, or may not be read
 */
export async function linkAccounts(context: StepContext, transaction: StepTransaction): Promise<string[]> {
  const { users } = context.config;
  if (!users) return [];
  const wanted = await accountsOf(context, transaction, users);
  const single = wanted.filter((row) => row.accounts === 1);
  if (single.length > 0) {
    const { tx, history } = await transaction.open();
    const linked = await tx.execute<{ id: number }>(sql`
      update greenroom.speakers s set user_id = u."userId", changed_at = now()
        from json_to_recordset(${JSON.stringify(single.map(({ id, userId }) => ({ id, userId })))}::json) as u(id bigint, "userId" text)
       where s.id = u.id and s.user_id is null returning s.id`);
    history.updated(
      speakers,
      linked.map((row) => [row.id]),
    );
  }
  return wanted
    .filter((row) => row.accounts > 1)
    .map(
      (row) =>
        `Speaker ${row.code} is not linked: ${row.accounts} accounts in ${users.table} have that e-mail address.`,
    );
}

interface Account extends Record<string, unknown> {
  id: number;
  code: string;
  userId: string;
  accounts: number;
}

type Users = NonNullable<StepContext['config']['users']>;

/** Asks for nobody's account, as a sync would. @throws UsageError as `linkAccounts` does */
export async function tryAccounts(executor: Executor, users: Users): Promise<void> {
  const { table, id, email } = namesOf(users);
  await orUnreadable(users, executor.execute(sql`select ${id}::text, ${email} from ${table} u limit 0`));
}

async function accountsOf(
  context: StepContext,
  transaction: StepTransaction,
  users: Users,
): Promise<Account[]> {
  const { tx } = await transaction.open();
  const { table, id, email } = namesOf(users);
  const asked = tx.transaction(async (attempt) =>
    Array.from(
      await attempt.execute<Account>(sql`
        select s.id, s.pretalx_code as code, min(${id}::text) as "userId", count(*)::int as accounts
          from greenroom.speakers s join ${table} u on ${email} = lower(s.email)
         where s.conference_id = ${context.conference.id} and s.user_id is null and s.removed_at is null
         group by s.id, s.pretalx_code`),
    ),
  );
  return orUnreadable(users, asked);
}

/** The table, and its columns where it is called u. */
function namesOf(users: Users) {
  const parts = users.table.split('.').map((part) => sql.identifier(part));
  return {
    table: sql.join(parts, sql`.`),
    id: sql`u.${sql.identifier(users.idColumn)}`,
    // PostgreSQL's own: for a type that isn't text it would rather call what anybody may have made in schema public.
    email: sql`pg_catalog.lower(u.${sql.identifier(users.emailColumn)})`,
  };
}

async function orUnreadable<R>(users: Users, asked: PromiseLike<R>): Promise<R> {
  try {
    return await asked;
  } catch (error) {
    // Class 42: no such table or column, or no right to it.
    if (!sqlStateOf(error)?.startsWith('42')) throw error;
    const reason =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new UsageError(
      `The accounts table ${users.table} can't be read (${reason}). Check GREENROOM_USERS_TABLE, _ID_COLUMN and _EMAIL_COLUMN, and that this database user may read it.`,
      { cause: error },
    );
  }
}
