/** The talks of one conference as they were at some moment, beside all that other conferences have had. */
import { fillHistory, type HistoryShape } from '../generated/rows.ts';
import type { Cell, Measurement } from '../measurement.ts';
import { median } from '../report/numbers.ts';

const times = 7;

export const asOf: Measurement = {
  name: 'as-of',
  async measure(stage, say) {
    const shape: HistoryShape = stage.options.smallest
      ? { conferences: 5, talks: 100, versions: 4 }
      : { conferences: 100, talks: 1_000, versions: 10 };
    const total = shape.conferences * shape.talks * shape.versions;
    say(`${total} versions`);
    const mirror = await stage.openMirror();
    const { sql } = mirror.database;
    await fillHistory(mirror.database, shape);
    const [conference] = await sql`select id from greenroom.conferences where slug = 'bench-3'`;
    const rows: Cell[][] = [];
    const faults: string[] = [];
    for (const day of [0, 1, Math.ceil(shape.versions / 2), shape.versions - 1, shape.versions]) {
      // At noon, when each conference has had its transaction of the day.
      const at = new Date(Date.UTC(2027, 0, day + 1, 12)).toISOString();
      const ms: number[] = [];
      let found = 0;
      for (let time = 0; time <= times; time += 1) {
        const startedAt = performance.now();
        const talks = await sql`
          select * from greenroom.talks_as_of(${at}::timestamptz) where conference_id = ${conference?.id as number}`;
        ms.push(performance.now() - startedAt);
        found = talks.length;
      }
      rows.push([
        total,
        day === 0 ? 'before the first' : `${day} of ${shape.versions}`,
        found,
        median(ms.slice(1)),
        ms[0],
      ]);
      const wanted = day === 0 ? 0 : shape.talks;
      if (found !== wanted) faults.push(`day ${day}: ${found} talks instead of ${wanted}.`);
    }
    await mirror.drop();
    const columns = ['versions', 'as of version', 'talks found', 'median, ms', 'the first time, ms'];
    return { tables: [{ columns, rows }], notes: [noteOf(shape)], faults };
  },
};

function noteOf({ conferences, talks, versions }: HistoryShape): string {
  return `${conferences} conferences of ${talks.toLocaleString('en')} talks, ${versions} versions of each talk (0.5 KB a version), their transactions in turn. \`select * from greenroom.talks_as_of(…) where conference_id = …\`, all rows brought to the client.`;
}
