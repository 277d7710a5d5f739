/** Which fields can be overridden, and how the text of `field=value` is read as each one's type. */
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { OverrideEntity } from '../db/schema/index.ts';
import { UsageError } from '../errors.ts';

/** What an override holds: JSON. Times are ISO 8601 in UTC, rooms pretalx ids. */
export type OverrideValue = string | number | boolean | string[] | null;

interface Field {
  read(text: string, timezone: string): OverrideValue;
  /** Completes "… must be". */
  expected: string;
  nullable: boolean;
}

/** The states that pretalx knows. */
const states = ['submitted', 'accepted', 'confirmed', 'rejected', 'canceled', 'withdrawn'];

const text = (nullable: boolean): Field => ({ read: (value) => value, expected: 'text', nullable });
const checked = (schema: z.ZodType<OverrideValue>, expected: string, nullable: boolean): Field => ({
  read: (value) => schema.parse(value),
  expected,
  nullable,
});
const wholeNumber = (expected: string): Field =>
  checked(
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
    expected,
    true,
  );
const time = (nullable: boolean): Field => ({
  read: readInstant,
  expected: "a time as 2026-07-16T10:45 (in the conference's timezone) or 2026-07-16T08:45Z",
  nullable,
});
const room = wholeNumber("a room's pretalx id");

export const overridable: Record<OverrideEntity, Record<string, Field>> = {
  talk: {
    title: text(false),
    abstract: text(true),
    description: text(true),
    state: checked(z.enum(states), `one of ${states.join(', ')}`, false),
    room,
    slot_start: time(true),
    slot_end: time(true),
    track: text(true),
    tags: { read: readTags, expected: 'a list as a,b or ["a","b"]', nullable: false },
    is_cancelled: checked(
      z.enum(['true', 'false']).transform((value) => value === 'true'),
      'true or false',
      false,
    ),
  },
  speaker: {
    name: text(false),
    biography: text(true),
    avatar_url: checked(
      z.union([z.literal(''), z.httpUrl(), z.url({ protocol: /^https?$/ })]),
      'an http(s) URL',
      true,
    ),
    email: checked(z.union([z.literal(''), z.email()]), 'an e-mail address', true),
  },
  room: {
    name: text(false),
    description: text(true),
    capacity: wholeNumber('a whole number from 0 to 999999999'),
  },
  slot: { title: text(false), room, start_at: time(false), end_at: time(false) },
};

/**
 * Reads `field=` as empty text, `field=null` as null, anything else as the field's type.
 *
 * @throws UsageError naming the field and what is expected
 */
export function readField(
  entity: OverrideEntity,
  name: string,
  value: string,
  timezone: string,
): OverrideValue {
  const field = fieldNamed(entity, name);
  const orNull = field.nullable ? ', or null' : '';
  if (value === 'null') {
    if (field.nullable) return null;
    throw new UsageError(`${name} of a ${entity} can't be null: it must be ${field.expected}.`);
  }
  try {
    return field.read(value, timezone);
  } catch {
    throw new UsageError(`${name}=${value} can't be: it must be ${field.expected}${orNull}.`);
  }
}

/** @throws UsageError when there is no such field */
export function fieldNamed(entity: OverrideEntity, name: string): Field {
  const fields = overridable[entity];
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field) return field;
  throw new UsageError(
    `A ${entity} has no field "${name}" that can be overridden. There are: ${Object.keys(fields).join(', ')}.`,
  );
}

/** @returns ISO 8601 in UTC, whole seconds. @throws RangeError */
function readInstant(value: string, timezone: string): string {
  const hasOffset = /T.*(Z|[+-]\d)/i.test(value.replace(' ', 'T'));
  if (!hasOffset && !/[T ]\d\d/i.test(value)) throw new RangeError('a date without a time');
  // Temporal would read the time as one of the conference's timezone.
  if (!hasOffset && value.includes('[')) throw new RangeError('another timezone by its name');
  const instant = hasOffset
    ? Temporal.Instant.from(value)
    : Temporal.PlainDateTime.from(value).toZonedDateTime(timezone).toInstant();
  const text = instant.toString({ smallestUnit: 'second' });
  // PostgreSQL has no year 0, and ISO 8601 has four digits for a year: all others have a sign, which is before "0".
  if (text < '0001') throw new RangeError('no year from 1 to 9999');
  return text;
}

function readTags(value: string): string[] {
  if (value.trimStart().startsWith('[')) return z.array(z.string()).parse(JSON.parse(value));
  return value
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}
