/** What a user may set on a conference, checked where it comes in. An empty text clears what was set. */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { parseDurationMs } from '../duration.ts';
import { UsageError } from '../errors.ts';

const shortestEveryMs = 30_000;
const longestEvery = '1y';

export const slug = z
  .string()
  .max(64, 'is longer than 64 characters')
  .regex(
    /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/,
    'may only have lower-case letters, digits, "-" and "_", and begins and ends with a letter or digit',
  );

const event = z
  .string()
  .max(100, 'is longer than 100 characters')
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*)$/, 'is not the short name of a pretalx event, as in its address');

const timezone = z.string().transform(normalTimezone);

/** The value is never repeated in the message: people paste the secret itself here by mistake. */
const envName = z
  .string()
  .max(100)
  .regex(/^[A-Z_][A-Z0-9_]*$/);

const every = z.string().transform(normalEvery);

const cleared = z.literal('').transform(() => null);
const optional = <T extends z.ZodType>(schema: T) => z.union([cleared, schema]).nullable().optional();

const shape = {
  event: optional(event),
  name: optional(z.string().trim().min(1, 'is blank').max(200, 'is longer than 200 characters')),
  baseUrl: optional(z.string().transform(normalBaseUrl)),
  timezone: optional(timezone),
  tokenEnv: optional(envName),
  webhookSecretEnv: optional(envName),
  notifyUrl: optional(z.string().transform(checkedNotifyUrl)),
  notifySecretEnv: optional(envName),
  every: optional(every),
};
const labels: Record<string, string> = {
  slug: 'the slug',
  event: '--event',
  name: '--name',
  baseUrl: '--base-url',
  timezone: '--timezone',
  tokenEnv: '--token-env',
  webhookSecretEnv: '--webhook-secret-env',
  notifyUrl: '--notify-url',
  notifySecretEnv: '--notify-secret-env',
  every: '--every',
};

const newConference = z.strictObject({ slug, ...shape });
const changes = z.strictObject(shape);

/** What may be given of a conference; null or '' clears. `every` is a duration such as `15m`. */
export type ConferenceChanges = z.input<typeof changes>;
export type NewConference = z.input<typeof newConference>;

/** @throws UsageError naming everything that can't be. */
export function checkedConference(input: NewConference) {
  return checked(newConference, input);
}

/** @throws UsageError naming everything that can't be. */
export function checkedChanges(input: ConferenceChanges) {
  return checked(changes, input);
}

/**
 * Whoever copies an event's address has its short name at the end, which is not the server's.
 *
 * @throws UsageError when the two say the same
 */
export function checkServerOf(event: string | null | undefined, baseUrl: string | null | undefined): void {
  if (!event || !baseUrl || !new URL(baseUrl).pathname.endsWith(`/${event}`)) return;
  throw new UsageError(
    `--base-url "${baseUrl}" is the address of the event. Give the server's alone: ${baseUrl.slice(0, -event.length - 1)}`,
  );
}

function checked<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => faultOf(issue, input as Record<string, unknown>));
  throw new UsageError(`${faults.join('; ')}.`);
}

function faultOf(issue: z.core.$ZodIssue, input: Record<string, unknown>): string {
  const field = String(issue.path[0]);
  const label = labels[field] ?? field;
  if (field.endsWith('Env')) {
    return `${label} takes the name of an environment variable, such as PRETALX_TOKEN_MYCONF (upper-case letters, digits, "_"), never the secret itself`;
  }
  const shown =
    field === 'baseUrl' || field === 'notifyUrl' ? withoutUser(String(input[field])) : input[field];
  return `${label} ${JSON.stringify(shown)} ${messageOf(issue)}`;
}

const withoutUser = (url: string) => url.replace(/\/\/[^/]*@/, '//…@');

/** The union of "cleared" and the real rule reports both; only the second one helps. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  return issue.errors.at(-1)?.[0]?.message ?? issue.message;
}

function normalBaseUrl(text: string, context: z.RefinementCtx): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return fault(context, 'is not an http or https address, such as https://pretalx.com');
  }
  if (url.username !== '' || url.password !== '') {
    return fault(context, 'has a user name or password in it; name the token with --token-env instead');
  }
  if (url.search !== '' || url.hash !== '') return fault(context, 'has a query or fragment');
  return url.href.replace(/\/+$/, '');
}

function checkedNotifyUrl(text: string, context: z.RefinementCtx): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return fault(context, 'is not an http or https address, such as https://example.org/hooks/programme');
  }
  if (url.username !== '' || url.password !== '') {
    return fault(
      context,
      'has a user name or password in it; messages are signed instead, see --notify-secret-env',
    );
  }
  return url.href;
}

function fault(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

/** Spelled as the IANA list has it, whatever its case; an older name of a zone stays that name. */
function normalTimezone(name: string, context: z.RefinementCtx): string {
  // Loaded here: every command reads conferences, and hardly one sets a timezone.
  const { Temporal } = createRequire(import.meta.url)(
    'temporal-polyfill',
  ) as typeof import('temporal-polyfill');
  try {
    if (/^[A-Za-z]/.test(name)) return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch {}
  return fault(context, 'is not a timezone of the IANA list, such as Europe/Prague');
}

/** Written as the scheduler looks for it, and as PostgreSQL reads an interval. */
function normalEvery(text: string, context: z.RefinementCtx): string {
  const normal = text.trim().toLowerCase();
  try {
    const everyMs = parseDurationMs(normal);
    if (everyMs < shortestEveryMs) return fault(context, 'is shorter than 30s');
    if (everyMs > parseDurationMs(longestEvery)) return fault(context, `is longer than ${longestEvery}`);
  } catch {
    return fault(context, 'is not a duration such as 30s, 15m, 2h or 1d');
  }
  return normal.endsWith('ms')
    ? fault(context, 'is in milliseconds; write whole seconds, such as 60s')
    : normal;
}
