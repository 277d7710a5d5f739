/** A run worked off in this process, watched from PostgreSQL: another worker may as well take it. */
import type { Queue } from '../queue/queue.ts';
import { openQueue } from '../queue/queue.ts';
import { watchRun } from '../queue/watch.ts';
import { type FoundRun, findRun, runJson } from '../runs/runs.ts';
import { interruptedCode } from './failure.ts';
import type { Invocation, Mirror } from './invocation.ts';
import { openProgressView, type RunProgress } from './output/progress.ts';
import { errorOf, headline, runSummary } from './output/runs.ts';
import { due } from './output/times.ts';

/** Opens the queue for `work`, and closes it afterwards. @throws QueueUnavailableError */
export async function withQueue<R>(mirror: Mirror, work: (queue: Queue) => Promise<R>): Promise<R> {
  const queue = await openQueue(mirror);
  try {
    await queue.ready();
    return await work(queue);
  } finally {
    await queue.close();
  }
}

/**
 * Works a requested run off, shows its progress and prints how it ended.
 *
 * @returns The exit code: 0 succeeded, 3 held, 130 interrupted, else 1.
 */
export async function workOff(
  invocation: Invocation,
  mirror: Mirror,
  queue: Queue,
  runId: string,
): Promise<number> {
  const worker = await queue.startWorker({ concurrency: 1, onlyRun: runId });
  try {
    await followRun(mirror, runId, invocation.signal);
  } finally {
    await worker.close();
  }
  const run = await findRun(mirror.database.orm, runId);
  if (invocation.signal.aborted && (run.state === 'queued' || run.state === 'running')) {
    invocation.note(
      `Interrupted. Run ${runId} is not lost: it goes on with the next worker, for example: greenroom work`,
    );
    return interruptedCode;
  }
  return answer(invocation, run);
}

/** Shows the run's progress until it ends, or until `signal`. */
export async function followRun(
  { database }: Pick<Mirror, 'database'>,
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  const view = openProgressView();
  let remarked: string | undefined;
  try {
    for await (const seen of watchRun(database, runId, { signal })) {
      view.show((seen.progress ?? {}) as RunProgress);
      const remark = retryWords(seen);
      if (remark !== undefined && remark !== remarked) view.remark(remark);
      remarked = remark;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await view.end();
  }
}

function retryWords({ retryAt, error }: { retryAt: Date | null; error: unknown }): string | undefined {
  if (!retryAt) return undefined;
  const message = (error as { message?: unknown } | null)?.message ?? 'An attempt failed.';
  return `${message} Next attempt ${due(retryAt)}.`;
}

function answer({ json, note, print, printJson }: Invocation, run: FoundRun): number {
  if (json) printJson(runJson(run));
  if (run.state === 'succeeded') {
    if (!json) print(runSummary(run));
    return 0;
  }
  if (run.state === 'held') {
    note(json ? (errorOf(run) ?? headline(run)) : runSummary(run));
    return 3;
  }
  note(`${headline(run)} ${errorOf(run) ?? ''}`.trim());
  return 1;
}
