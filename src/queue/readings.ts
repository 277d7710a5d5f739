/** The readings that this process has open: one a run, shared by those of its steps that come here. */
import type { ProgrammeReading } from '../pretalx/reading.ts';

/** How long a reading waits for the run's next step, which another worker may have taken. */
const idleMs = 30_000;

interface Opened {
  reading: ProgrammeReading;
  idle: NodeJS.Timeout | undefined;
}

export class Readings {
  readonly #opened = new Map<string, Opened>();

  /**
   * The reading of a run's flow, opened at its first step here, and anew when it is not of the event that its conference
   * names by now (`address`); `open` may throw.
   */
  use(
    runId: string,
    flow: number,
    address: string | undefined,
    open: () => ProgrammeReading,
  ): ProgrammeReading {
    const key = `${runId}/${flow}`;
    if (this.#opened.get(key)?.reading.address !== address) this.end(runId, flow);
    let opened = this.#opened.get(key);
    if (!opened) {
      opened = { reading: open(), idle: undefined };
      this.#opened.set(key, opened);
    }
    clearTimeout(opened.idle);
    return opened.reading;
  }

  /** The step is done; the reading stays for the next one, for a while. */
  keep(runId: string, flow: number): void {
    const opened = this.#opened.get(`${runId}/${flow}`);
    if (!opened) return;
    clearTimeout(opened.idle);
    opened.idle = setTimeout(() => this.end(runId, flow), idleMs).unref();
  }

  /** The run has ended here, or is read anew at its next attempt. */
  end(runId: string, flow: number): void {
    const key = `${runId}/${flow}`;
    const opened = this.#opened.get(key);
    if (!opened) return;
    this.#opened.delete(key);
    clearTimeout(opened.idle);
    opened.reading.close();
  }
}
