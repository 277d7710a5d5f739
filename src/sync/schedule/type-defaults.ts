/** The defaults per submission type, with their wall times turned into instants of the conference's timezone. */
import { eq } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { submissionTypeDefaults } from '../../db/schema/index.ts';
import { defaultTimes, usableTimezone } from '../../programme/defaults.ts';
import type { ConferenceRow } from '../context.ts';
import type { TypeDefault } from './placement.ts';

/** @param warnings gets one more when the conference's timezone is unknown and defaults were asked for */
export async function typeDefaults(
  tx: Tx,
  conference: ConferenceRow,
  warnings: string[],
): Promise<TypeDefault[]> {
  const rows = await tx
    .select()
    .from(submissionTypeDefaults)
    .where(eq(submissionTypeDefaults.conferenceId, conference.id));
  if (rows.length === 0) return [];
  const { timezone, warning } = usableTimezone(conference.timezone);
  if (warning) warnings.push(warning);
  return rows.map((row) => ({
    submissionType: row.submissionType,
    roomId: row.defaultRoomId,
    ...defaultTimes(row, timezone),
  }));
}
