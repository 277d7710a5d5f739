/** Makes version tables true to the live ones, as `greenroom versions` does, with the database open. */
import '../../src/lean-heap.ts';
import '../../src/lean-drizzle.ts';

const { openMirror } = await import('../../src/db/open.ts');
const { readConfig } = await import('../../src/config.ts');
const { reconcileVersions } = await import('../../src/history/reconcile/index.ts');
const { answerParent } = await import('./answering.ts');

export interface ReconcileFigures {
  ms: number;
  created: number;
}

const database = await openMirror(readConfig());

answerParent({
  async reconcile(table: string): Promise<ReconcileFigures> {
    const startedAt = performance.now();
    const { tables } = await reconcileVersions(database, { tables: [table], actor: 'bench' });
    const created = tables.reduce((sum, report) => sum + report.created, 0);
    return { ms: performance.now() - startedAt, created };
  },
  close: () => database.close(),
});
