/** The tables that a sync writes, by name. */

/** What is mirrored of the programme, in the order in which rows point at each other. */
export const mirroredTables = [
  'rooms',
  'submission_types',
  'tracks',
  'tags',
  'speakers',
  'talks',
  'talk_speakers',
  'schedule_slots',
  'activities',
  'activity_talks',
] as const;

export const versionTables = mirroredTables.map((table) => `${table}_versions`);
