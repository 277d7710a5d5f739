/** What is wrong with a value from outside, in words: zod's own are for programmers. */
import type { z } from 'zod';

/** For `refine`: PostgreSQL's texts can't hold NUL. */
export const withoutNul = [(text: string) => !text.includes('\0'), 'has a NUL character'] as const;

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};
const contents: Record<string, string> = { string: 'characters', array: 'entries' };

/**
 * Reads a value. A message that a schema has of its own is the end of a sentence about its field: `is not …`, `must …`.
 *
 * @param whole what the value itself is called
 * @returns what was read, or all faults in one sentence without its full stop
 */
export function readOrFaults<T extends z.ZodType>(
  schema: T,
  value: unknown,
  whole: string,
): { data: z.output<T> } | { faults: string } {
  const read = schema.safeParse(value, { error: inWords });
  if (read.success) return { data: read.data };
  const faults = read.error.issues.map((issue) => `${issue.path.join('.') || whole} ${issue.message}`);
  return { faults: faults.join('; ') };
}

function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_format':
      return `is not a ${issue.format.toUpperCase()}`;
    case 'unrecognized_keys':
      return `has a field that is not known: ${issue.keys.join(', ')}`;
    case 'too_big':
      return `must have at most ${issue.maximum} ${contents[issue.origin] ?? issue.origin}`;
    case 'too_small':
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    default:
      return undefined;
  }
}
