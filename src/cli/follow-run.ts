/** A run as somebody at a terminal follows it: its progress, and what it waits for. */
import { type RunSnapshot, watchRun } from '../queue/watch.ts';
import type { Mirror } from './invocation.ts';
import { openProgressView, type RunProgress } from './output/progress.ts';
import { due } from './output/times.ts';

/** Who has to wait longer is told how not to. */
const longWaitMs = 5 * 60_000;

/** Shows the run's progress until it ends, until `isOver` says so, or until `signal`. */
export async function followRun(
  { database }: Pick<Mirror, 'database'>,
  runId: string,
  signal: AbortSignal,
  isOver: (seen: RunSnapshot) => boolean = () => false,
): Promise<void> {
  const view = openProgressView();
  let remarked: string | undefined;
  try {
    for await (const seen of watchRun(database, runId, { signal })) {
      view.show((seen.progress ?? {}) as RunProgress);
      const remark = whyItWaits(seen, runId);
      if (remark !== undefined && remark !== remarked) view.remark(remark);
      remarked = remark;
      if (isOver(seen)) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await view.end();
  }
}

function whyItWaits({ behind, ...seen }: RunSnapshot, runId: string): string | undefined {
  if (!behind) return retryWords(seen, runId);
  const reason = retryWords(behind, behind.id);
  return `Run ${behind.id} of this conference goes first.${reason === undefined ? '' : ` ${reason}`}`;
}

type Waiting = Pick<RunSnapshot, 'retryAt' | 'error'>;

function retryWords({ retryAt, error }: Waiting, runId: string): string | undefined {
  if (!retryAt) return undefined;
  const message = (error as { message?: unknown } | null)?.message ?? 'An attempt failed.';
  const isLong = retryAt.getTime() - Date.now() > longWaitMs;
  const wayOut = isLong ? ` To give it up: greenroom reject ${runId}` : '';
  return `${message} Next attempt ${due(retryAt)}.${wayOut}`;
}
