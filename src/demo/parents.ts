import { readFileSync } from 'node:fs';

/** Under npm a demo has a parent and a grandparent; when one is killed, nobody would end the demo. */
const everyMs = 500;

/** Calls back once when a process that started this one is gone. @returns Ends the watch. */
export function watchParents(gone: () => void): () => void {
  const parents = ancestors(process.env.npm_lifecycle_event === undefined ? 1 : 2);
  const timer = setInterval(() => {
    if (process.ppid === parents[0] && parents.every(isAlive)) return;
    clearInterval(timer);
    gone();
  }, everyMs).unref();
  return () => clearInterval(timer);
}

function ancestors(count: number): number[] {
  const pids = [process.ppid];
  while (pids.length < count) {
    const next = parentOf(pids.at(-1) ?? 0);
    if (next === undefined || next <= 1) break;
    pids.push(next);
  }
  return pids;
}

/** Known on Linux only; elsewhere the direct parent has to do. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
