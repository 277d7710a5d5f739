/** Exports a conference's public programme, of today or of any past moment. */
import type { Executor } from '../db/client.ts';
import type { ConferenceRow } from '../db/schema/index.ts';
import { csv } from './csv.ts';
import { ical } from './ical.ts';
import type { Programme } from './model.ts';
import { readProgramme } from './read.ts';
import { scheduleJson } from './schedule-json.ts';
import { whyEmpty } from './why-empty.ts';

export const exportFormats = ['schedule.json', 'ical', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  format: ExportFormat;
  /** A past moment; now when undefined. */
  asOf?: Date | undefined;
  /** Without overrides. */
  raw?: boolean | undefined;
  /** The pretalx server when the conference names none, as `config.pretalx.baseUrl`. */
  baseUrl?: string | undefined;
  /** How long PostgreSQL may take for one statement; as the server says when undefined. */
  statementTimeoutMs?: number | undefined;
}

export interface Exported {
  body: string;
  contentType: string;
  /** A sentence for whoever wonders that no session is in it; undefined when some are. */
  whyEmpty: string | undefined;
}

const formats: Record<
  ExportFormat,
  { contentType: string; write(programme: Programme, baseUrl: string): string }
> = {
  'schedule.json': { contentType: 'application/json; charset=utf-8', write: scheduleJson },
  ical: { contentType: 'text/calendar; charset=utf-8', write: ical },
  csv: { contentType: 'text/csv; charset=utf-8', write: csv },
};

/**
 * Only what pretalx shows to everyone: visible slots, their talks and speakers; no e-mail, no tag that isn't public.
 *
 * Before the first release it is empty, and so are the formats that need nothing of the event before the first sync.
 *
 * @throws WrongStateError for schedule.json of a conference that was never synced: it needs the event's dates
 * @throws NotFoundError when the conference is gone
 * @throws UsageError for a time that its history was purged of
 */
export async function exportProgramme(
  executor: Executor,
  conference: Pick<ConferenceRow, 'id'>,
  options: ExportOptions,
): Promise<Exported> {
  const programme = await readProgramme(executor, conference.id, options);
  const { contentType, write } = formats[options.format];
  return {
    body: write(programme, options.baseUrl ?? 'https://pretalx.com'),
    contentType,
    whyEmpty: whyEmpty(programme, options.asOf),
  };
}
