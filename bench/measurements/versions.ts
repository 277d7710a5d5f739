/** `greenroom versions`: version tables made from nothing, and found to be true, as the command that people run. */
import { fillSlots, fillTalks } from '../generated/rows.ts';
import type { Aimed, Cell, Measurement } from '../measurement.ts';
import { importByWuttasync, type WuttasyncFigures, wuttasyncName } from '../peers/wuttasync.ts';
import type { ReconcileFigures } from '../programs/reconcile.ts';
import { median } from '../report/numbers.ts';
import { Child } from '../stage/child.ts';
import { entrances, runCommand } from '../stage/command.ts';
import { peakRssMb } from '../stage/memory.ts';
import type { Mirror, Stage } from '../stage/stage.ts';

interface Figures {
  firstMs: number;
  unchangedMs: number;
  rssMb: number | undefined;
  command: { ms: number; rssMb: number | undefined };
}

export const versions: Measurement = {
  name: 'versions',
  async measure(stage, say) {
    const { smallest } = stage.options;
    const cases = [
      {
        table: 'talks',
        rows: smallest ? 500 : 50_000,
        firsts: smallest ? 1 : 3,
        of: '2.6 KB',
        fill: fillTalks,
      },
      {
        table: 'schedule_slots',
        rows: smallest ? 5_000 : 1_000_000,
        firsts: 1,
        of: '0.2 KB',
        fill: fillSlots,
      },
    ];
    const lines: Cell[][] = [];
    const faults: string[] = [];
    const found: Figures[] = [];
    const said = [...notes];
    let peer: WuttasyncFigures | undefined;
    for (const { table, rows, firsts, of, fill } of cases) {
      say(`${rows} rows of ${table}`);
      const mirror = await stage.openMirrorOfBench();
      await fill(mirror.database, rows);
      const figures = await measureTable(stage, mirror, table, firsts);
      found.push(figures);
      const { command } = figures;
      lines.push(
        [rows, of, 'greenroom', 'first', figures.firstMs / 1_000, figures.rssMb],
        [rows, of, 'greenroom', 'unchanged', figures.unchangedMs / 1_000, figures.rssMb],
        [rows, of, 'greenroom', 'unchanged, the whole command', command.ms / 1_000, command.rssMb],
      );
      if (table === 'talks' && !smallest) {
        say(`${rows} rows of ${table}, by ${wuttasyncName}`);
        const measured = importByWuttasync(mirror.url, rows);
        if (typeof measured === 'string') said.push(measured);
        else {
          peer = measured;
          lines.push(
            [rows, of, wuttasyncName, 'first', peer.firstMs / 1_000, peer.rssMb],
            [rows, of, wuttasyncName, 'unchanged', peer.unchangedMs / 1_000, peer.rssMb],
          );
        }
      }
      const [row] = await mirror.database.sql`
        select count(*)::int as versions from greenroom.${mirror.database.sql(`${table}_versions`)}`;
      if (row?.versions !== rows) faults.push(`${table}: ${row?.versions} versions instead of ${rows}.`);
      await mirror.drop();
    }
    const columns = ['rows', 'of', 'who', 'run', 's', 'peak RSS, MB'];
    const aimed = smallest ? [] : aimedOf(found, peer);
    return { tables: [{ columns, rows: lines }], aimed, notes: said, faults };
  },
};

const notes = [
  'greenroom in a process of its own with the database open; then the command itself, from its start to its end, which opens the database and does the same. First: no versions are there, so all are written; the median of three with 50,000 rows. Unchanged: the median of five.',
];

async function measureTable(stage: Stage, mirror: Mirror, table: string, firsts: number): Promise<Figures> {
  const env = { DATABASE_URL: mirror.url };
  const program = await Child.start('reconcile', env);
  const reconcile = () => program.ask<ReconcileFigures>('reconcile', table);
  const first: number[] = [];
  for (let time = 0; time < firsts; time += 1) {
    await mirror.database.sql`truncate greenroom.${mirror.database.sql(`${table}_versions`)}`;
    first.push((await reconcile()).ms);
  }
  const unchanged: number[] = [];
  for (let time = 0; time < (stage.options.smallest ? 1 : 5); time += 1)
    unchanged.push((await reconcile()).ms);
  const rssMb = peakRssMb(program.pid);
  await program.ask('close');
  await program.stop();
  const script = entrances.at(-1)?.script ?? '';
  const command = await runCommand(script, ['versions', table], env);
  return {
    firstMs: median(first),
    unchangedMs: median(unchanged),
    rssMb,
    command: { ms: command.ms, rssMb: command.peakRssMb },
  };
}

/** Seconds are aimed at where the peer was not measured: they depend on the machine. */
function aimedOf([large, many]: Figures[], peer: WuttasyncFigures | undefined): Aimed[] {
  if (large === undefined || many === undefined) return [];
  const where = '2.6 KB a row';
  const speed: Aimed[] = peer
    ? [
        { aim: 'versionsFirstToPeer', where, figure: peer.firstMs / large.firstMs },
        { aim: 'versionsUnchangedToPeer', where, figure: peer.unchangedMs / large.unchangedMs },
      ]
    : [
        { aim: 'versionsFirst', where, figure: large.firstMs / 1_000 },
        { aim: 'versionsUnchanged', where, figure: large.unchangedMs / 1_000 },
      ];
  return [
    ...speed,
    { aim: 'versionsRss', where: '0.2 KB a row', figure: many.rssMb },
    { aim: 'versionsRss', where: '0.2 KB a row, the whole command', figure: many.command.rssMb },
  ];
}
