/** A run worked off in this process, watched from PostgreSQL: another worker may as well take it. */
import { NotFoundError, QueueUnavailableError, WrongStateError } from '../errors.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import { type FoundRun, findRun, hasEnded, runJson } from '../runs/runs.ts';
import { interruptedCode } from './failure.ts';
import { followRun } from './follow-run.ts';
import type { Invocation, Mirror } from './invocation.ts';
import { errorOf, headline, runSummary } from './output/runs.ts';

/**
 * Opens the queue for `work`, and closes it afterwards. `work` is told when its server is away: what is asked for is
 * kept all the same.
 *
 * @throws QueueUnavailableError when PostgreSQL's queue can't be prepared
 */
export async function withQueue<R>(
  mirror: Mirror,
  work: (queue: Queue, away: QueueUnavailableError | undefined) => Promise<R>,
): Promise<R> {
  const queue = await openQueue(mirror);
  try {
    const away = await queue.ready().then(
      () => undefined,
      (error: QueueUnavailableError) => error,
    );
    return await work(queue, away);
  } finally {
    await queue.close();
  }
}

/**
 * Says that a request is kept while the queue is away: a remark on what is left to a worker, else a failure.
 *
 * @throws QueueUnavailableError unless `isDetached`
 */
export function tellKept(
  { note }: Invocation,
  away: QueueUnavailableError,
  run: { id: string; isDetached: boolean },
): void {
  const sentence = `${away.message} Run ${run.id} is kept, and a worker goes on with it when the queue is back.`;
  if (!run.isDetached) throw new QueueUnavailableError(sentence);
  note(sentence);
}

/** What a request of a paused conference is answered. @param remembered such as "Run X is remembered and runs" */
export function pausedError(conference: string, remembered: string): WrongStateError {
  return new WrongStateError(
    `Conference "${conference}" is paused. ${remembered} after: greenroom conference resume ${conference}`,
  );
}

/**
 * Works a requested run off, shows its progress and prints how it ended.
 *
 * @returns The exit code: 0 succeeded, 3 held, 130 interrupted, else 1.
 * @throws WrongStateError when the conference is paused before the run begins
 * @throws NotFoundError when the conference is removed meanwhile
 */
export async function workOff(
  invocation: Invocation,
  mirror: Mirror,
  queue: Queue,
  asked: Pick<FoundRun, 'id' | 'conference'>,
): Promise<number> {
  const run = await workedOff(mirror, queue, asked.id, invocation.signal).catch((error: unknown) => {
    // It was there when it was asked for, and only its conference takes it along.
    throw error instanceof NotFoundError ? removedError(asked) : error;
  });
  if (hasEnded(run.state)) return answer(invocation, run);
  if (!invocation.signal.aborted) {
    throw pausedError(run.conference, `Run ${run.id} is remembered and runs`);
  }
  invocation.note(
    `Interrupted. Run ${run.id} is not lost: it goes on with the next worker, for example: greenroom work`,
  );
  return interruptedCode;
}

/** @returns the run as it is when it has ended, when it can't begin, or when `signal` aborts */
async function workedOff(
  mirror: Mirror,
  queue: Queue,
  runId: string,
  signal: AbortSignal,
): Promise<FoundRun> {
  const worker = await queue.startWorker({ concurrency: 1, onlyRun: runId });
  try {
    await followRun(mirror, runId, signal, (seen) => seen.state === 'queued' && seen.pausedAt !== null);
  } finally {
    await worker.close();
  }
  return findRun(mirror.database.orm, runId);
}

function removedError({ id, conference }: Pick<FoundRun, 'id' | 'conference'>): NotFoundError {
  return new NotFoundError(
    `Conference "${conference}" was removed meanwhile, and run ${id} with it. greenroom conference list shows what is left.`,
  );
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
