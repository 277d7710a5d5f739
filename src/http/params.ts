/** Reads what a client put into a path, query or body. */
import { validate } from 'uuid';
import { z } from 'zod';
import { slug } from '../conferences/settings.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { readOrFaults } from '../faults.ts';
import { momentExpected, parseMoment } from '../moment.ts';

/** @throws UsageError when it is not the form of a run's id. */
export function runIdOf(text: string): string {
  if (!validate(text))
    throw new UsageError('A run id is a UUID, such as 0192a4c1-5c2b-7b1e-8f00-3a5b6c7d8e9f.');
  return text.toLowerCase();
}

/** @throws UsageError for a text with NUL in it @throws NotFoundError when no conference can have such a slug. */
export function slugOf(text: string): string {
  if (text.includes('\0')) throw new UsageError('A conference’s slug has no NUL characters.');
  if (!isSlug(text)) throw new NotFoundError('There is no such conference.');
  return text;
}

/** Whether a conference can have this slug. */
export function isSlug(text: string): boolean {
  return slug.safeParse(text).success;
}

/** @throws UsageError naming each field that can't be. */
export function parsed<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const read = readOrFaults(schema, value, 'The body');
  if ('data' in read) return read.data;
  throw new UsageError(`${read.faults}.`);
}

/**
 * A query of a route for programs. People's pages, feeds and calendars take what others append to an address; here it
 * is only `_`, with which scripts get past caches.
 *
 * @throws UsageError naming a parameter that the schema doesn't know, or each that can't be
 */
export function parsedQuery<S extends z.ZodObject>(schema: S, query: unknown): z.output<S> {
  const unknown = Object.keys(query ?? {}).find((name) => name !== '_' && !Object.hasOwn(schema.shape, name));
  if (unknown === undefined) return parsed(schema, query);
  const known = Object.keys(schema.shape).join(', ');
  throw new UsageError(
    `There is no parameter "${unknown.slice(0, 50)}" here. ${known ? `What can be asked for: ${known}.` : 'This route takes none.'}`,
  );
}

const none = z.object({});

/** The query of a route for programs that takes no parameters. @throws UsageError naming one that is there */
export function noQuery(query: unknown): void {
  parsedQuery(none, query);
}

/** A whole number in a query. */
export function queryNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string({ error })
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .refine((number) => number >= least && number <= most, { error });
}

/** A time with its zone, or a date (midnight UTC). */
export const queryMoment = z.string({ error: `is not ${momentExpected}` }).transform((text, context) => {
  // A plus sign that was not encoded arrives as a space.
  const at = parseMoment(text.replace(/ (?=\d\d(?::?\d\d)?$)/, '+')) ?? parseMoment(text);
  if (at === undefined) context.addIssue({ code: 'custom', message: `is not ${momentExpected}` });
  return at as Date;
});
