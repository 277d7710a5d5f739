/** The defaults per submission type, with their wall times turned into instants of the conference's timezone. */
import { eq } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { submissionTypeDefaults } from '../../db/schema/index.ts';
import { defaultTimes, usableTimezone } from '../../programme/defaults.ts';
import type { ConferenceRow } from '../context.ts';
import type { TypeDefault } from './placement.ts';

/** Warns when the conference's timezone is unknown and there are defaults. */
export async function typeDefaults(
  tx: Tx,
  conference: ConferenceRow,
): Promise<{ defaults: TypeDefault[]; warnings: string[] }> {
  const rows = await tx
    .select()
    .from(submissionTypeDefaults)
    .where(eq(submissionTypeDefaults.conferenceId, conference.id));
  if (rows.length === 0) return { defaults: [], warnings: [] };
  const { timezone, warning } = usableTimezone(conference.timezone);
  const defaults = rows.map((row) => ({
    submissionType: row.submissionType,
    roomId: row.defaultRoomId,
    ...defaultTimes(row, timezone),
  }));
  return { defaults, warnings: warning === null ? [] : [warning] };
}
