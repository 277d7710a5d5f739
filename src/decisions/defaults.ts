/** Room, date and times of talks of a type that have no slot: set, listed, removed. A sync's last step applies them. */
import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Executor, Tx } from '../db/client.ts';
import { rowJson } from '../db/row-json.ts';
import { type ConferenceRow, rooms, submissionTypeDefaults } from '../db/schema/index.ts';
import { wouldChange } from '../db/statements.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { type Recorder, withTransaction } from '../history/record.ts';
import { checkRoom } from './plausible.ts';

/** A row, with the room's pretalx id beside our own. */
export type DefaultRow = typeof submissionTypeDefaults.$inferSelect & { roomPretalxId: number | null };
type Conference = Pick<ConferenceRow, 'id' | 'slug'>;

export interface DefaultRequest {
  /** The type's name, as talks show it; upper and lower case don't matter. */
  type: string;
  /** A pretalx id. Null takes it away, undefined leaves it; so do the others. */
  room?: string | number | null | undefined;
  /** `2026-07-16`. */
  date?: string | null | undefined;
  /** Wall times in the conference's timezone, `09:30`. */
  start?: string | null | undefined;
  end?: string | null | undefined;
  setBy: string;
  remoteAddr?: string | undefined;
}

const readers = {
  room: {
    schema: z.union([
      z.int().nonnegative(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
    ]),
    expected: "a room's pretalx id",
  },
  date: {
    // In every timezone of a year from 1 to 9999: PostgreSQL has no year 0, and ISO 8601 no fifth digit.
    schema: z.iso.date().refine((day) => day > '0001-01-01' && day < '9999-12-31'),
    expected: 'a date as 2026-07-16',
  },
  start: { schema: z.iso.time(), expected: 'a time as 09:30' },
  end: { schema: z.iso.time(), expected: 'a time as 09:30' },
} as const;

/**
 * Sets what is given and leaves the rest of the type's default as it is.
 *
 * @returns the row, and warnings: a type that the mirror doesn't know, times without a date, an end on the next day
 * @throws UsageError naming what can't be
 * @throws NotFoundError for an unknown room, and when there is nothing to take away
 */
export async function setDefault(
  database: { orm: Executor },
  conference: Conference,
  request: DefaultRequest,
): Promise<{ row: DefaultRow; warnings: string[] }> {
  const given = readRequest(request);
  const info = { actor: request.setBy, remoteAddr: request.remoteAddr ?? null, conferenceId: conference.id };
  return withTransaction(database, info, async (tx, history) => {
    const type = await typeNamed(tx, conference.id, request.type.trim());
    const takesAway = Object.values(given).every((value) => value === null || value === undefined);
    if (takesAway && !type.hasDefault) throw noDefault(conference, request.type);
    if (typeof given.room === 'number') await checkRoom(tx, conference, given.room);
    await write(tx, history, conference, type.name, given);
    const row = (await listDefaults(tx, conference, type.name))[0] as DefaultRow;
    return { row, warnings: warningsFor(row, type.isKnown, conference.slug) };
  });
}

/** By type. */
export async function listDefaults(
  executor: Executor,
  conference: Pick<Conference, 'id'>,
  type?: string,
): Promise<DefaultRow[]> {
  return executor
    .select({ ...getTableColumns(submissionTypeDefaults), roomPretalxId: rooms.pretalxId })
    .from(submissionTypeDefaults)
    .leftJoin(rooms, eq(rooms.id, submissionTypeDefaults.defaultRoomId))
    .where(
      and(
        eq(submissionTypeDefaults.conferenceId, conference.id),
        type === undefined ? undefined : eq(submissionTypeDefaults.submissionType, type),
      ),
    )
    .orderBy(asc(submissionTypeDefaults.submissionType));
}

/** @throws NotFoundError when the type has none */
export async function removeDefault(
  database: { orm: Executor },
  conference: Conference,
  request: { type: string; removedBy: string; remoteAddr?: string | undefined },
): Promise<void> {
  const info = {
    actor: request.removedBy,
    remoteAddr: request.remoteAddr ?? null,
    conferenceId: conference.id,
  };
  await withTransaction(database, info, async (tx, history) => {
    const removed = await tx
      .delete(submissionTypeDefaults)
      .where(
        and(
          eq(submissionTypeDefaults.conferenceId, conference.id),
          sql`lower(${submissionTypeDefaults.submissionType}) = lower(${request.type.trim()})`,
        ),
      )
      .returning();
    if (removed.length === 0) throw noDefault(conference, request.type);
    history.deleted(
      submissionTypeDefaults,
      removed.map((row) => [row.conferenceId, row.submissionType]),
    );
  });
}

/** A row with the columns' names, and `room` (the pretalx id). */
export function defaultJson(row: DefaultRow): Record<string, unknown> {
  return { ...rowJson(submissionTypeDefaults, row), room: row.roomPretalxId };
}

type Given = { [Name in keyof typeof readers]: (Name extends 'room' ? number : string) | null | undefined };

function readRequest(request: DefaultRequest): Given {
  if (request.type.trim() === '') throw new UsageError('Name the submission type.');
  const given: Record<string, unknown> = {};
  for (const [name, { schema, expected }] of Object.entries(readers)) {
    const value = request[name as keyof typeof readers];
    const read =
      value === null || value === undefined ? { success: true, data: value } : schema.safeParse(value);
    if (!read.success) throw new UsageError(`--${name} ${value} can't be: it must be ${expected}.`);
    given[name] = read.data;
  }
  if (Object.values(given).every((value) => value === undefined)) {
    throw new UsageError(`Give at least one of --room, --date, --start, --end for "${request.type}".`);
  }
  return given as Given;
}

function warningsFor(row: DefaultRow, isKnown: boolean, slug: string): string[] {
  const { submissionType: type, defaultStartTime: start, defaultEndTime: end, defaultDate: date } = row;
  return [
    ...(isKnown
      ? []
      : [`The mirror of ${slug} knows no submission type "${type}" yet; the default waits for it.`]),
    ...((start || end) && !date
      ? [`The times of "${type}" have no effect without a date: give --date too.`]
      : []),
    ...(start && end && end <= start ? [`"${type}" ends at ${end} on the day after its date.`] : []),
  ];
}

function noDefault({ slug }: Conference, type: string): NotFoundError {
  return new NotFoundError(`${slug} has no default for "${type}". See: greenroom default list ${slug}`);
}

/** How an earlier default or the mirror spells the type, and which of them knows it. */
async function typeNamed(tx: Tx, conferenceId: number, type: string) {
  const [row] = await tx.execute<{ kept: string | null; mirrored: string | null }>(sql`
    select (select submission_type from greenroom.submission_type_defaults
             where conference_id = ${conferenceId} and lower(submission_type) = lower(${type}) limit 1) as kept,
           (select name from greenroom.submission_types
             where conference_id = ${conferenceId} and removed_at is null and lower(name) = lower(${type})
             order by name = ${type} desc, id limit 1) as mirrored`);
  return {
    name: row?.kept ?? row?.mirrored ?? type,
    isKnown: row?.mirrored != null,
    hasDefault: row?.kept != null,
  };
}

async function write(
  tx: Tx,
  history: Recorder,
  conference: Conference,
  submissionType: string,
  given: Given,
) {
  const { room } = given;
  const values = {
    ...(room === undefined
      ? {}
      : {
          defaultRoomId:
            room === null
              ? null
              : sql`(select id from greenroom.rooms where conference_id = ${conference.id} and pretalx_id = ${room})`,
        }),
    ...(given.date === undefined ? {} : { defaultDate: given.date }),
    ...(given.start === undefined ? {} : { defaultStartTime: given.start }),
    ...(given.end === undefined ? {} : { defaultEndTime: given.end }),
  };
  const [row] = await tx
    .insert(submissionTypeDefaults)
    .values({ conferenceId: conference.id, submissionType, ...values })
    .onConflictDoUpdate({
      target: [submissionTypeDefaults.conferenceId, submissionTypeDefaults.submissionType],
      set: values,
      setWhere: wouldChange(
        (Object.keys(values) as (keyof typeof values)[]).map((name) => submissionTypeDefaults[name]),
      ),
    })
    .returning({ inserted: sql<boolean>`xmax = 0` });
  if (row)
    history[row.inserted ? 'inserted' : 'updated'](submissionTypeDefaults, [[conference.id, submissionType]]);
}
