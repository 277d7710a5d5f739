/** The most memory that a process had, as Linux counts it (VmHWM); elsewhere nothing is known. */
import { readFileSync, writeFileSync } from 'node:fs';

/** @returns undefined when the process is gone, or where there is no /proc */
export function peakRssMb(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, kb] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}

/** From now on the peak is counted anew. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // The peak is then that of the process's whole life.
  }
}
