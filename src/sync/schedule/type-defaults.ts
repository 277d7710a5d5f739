/** The defaults per submission type, with their wall times turned into instants of the conference's timezone. */
import { eq } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { submissionTypeDefaults } from '../../db/schema/index.ts';
import { defaultPlacer } from '../../programme/defaults.ts';
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
  const placer = defaultPlacer(conference.timezone);
  if (placer.warning) warnings.push(placer.warning);
  return rows.map((row) => {
    const { roomId, slotStart, slotEnd } = placer.place(undefined, row);
    return { submissionType: row.submissionType, roomId, startAt: slotStart, endAt: slotEnd };
  });
}
