/**
 * What everybody may see of a conference and a run. Lists what is public, so that a new column is private until
 * somebody decides otherwise.
 */
import type { ConferenceRow } from '../../conferences/conferences.ts';
import { type FoundRun, runJson } from '../../runs/runs.ts';

/** Without the names of variables that hold secrets, and without the server behind the mirror. */
export function publicConference(row: ConferenceRow) {
  return {
    slug: row.slug,
    name: row.name,
    name_i18n: row.nameI18n,
    pretalx_event_slug: row.pretalxEventSlug,
    locale: row.locale,
    locales: row.locales,
    starts_on: row.startsOn,
    ends_on: row.endsOn,
    timezone: row.timezone,
    every: row.every,
    paused_at: row.pausedAt,
    released_version: row.releasedVersion,
  };
}

/** Named one by one, so that a new column is not public by accident. */
const publicOfRun = [
  'id',
  'conference',
  'conference_id',
  'state',
  'trigger',
  'entities',
  'requested_at',
  'started_at',
  'finished_at',
  'attempts',
  'retry_at',
];

/**
 * Without who asked for the run and why, and with numbers only of its result: warnings and errors may name talks
 * that are not public yet.
 */
export function publicRun(run: FoundRun): Record<string, unknown> {
  const json = runJson(run);
  return {
    ...Object.fromEntries(publicOfRun.map((name) => [name, json[name]])),
    result: publicResult(json.result),
    error: publicError(json.error),
  };
}

function publicResult(result: unknown) {
  if (result === null || typeof result !== 'object') return null;
  const { changes, warnings, ...rest } = result as Record<string, unknown>;
  const numbers = Object.entries(rest).filter(([, value]) => typeof value === 'number');
  return {
    ...Object.fromEntries(numbers),
    ...(Array.isArray(warnings) ? { warning_count: warnings.length } : {}),
    ...(changes === undefined ? {} : { changes }),
  };
}

/** The guard's message has counts only; what else went wrong in a run, which may still go on, is the admin's to read. */
export function publicError(error: unknown): { name: string; message: string } | null {
  if (error === null || typeof error !== 'object') return null;
  const { name, message } = error as { name?: unknown; message?: unknown };
  if (name === 'RemovalGuardError') return { name, message: String(message) };
  return {
    name: String(name ?? 'Error'),
    message:
      'Something went wrong in this run. With the admin token this route says what; so does: greenroom run ID.',
  };
}
