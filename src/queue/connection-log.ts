import type { Logger } from '../log.ts';

/** Logs a lost connection once and its return once, however often the driver tries in between. */
export class ConnectionLog {
  readonly #log: Logger;
  readonly #what: string;
  #lost = false;

  /** @param what the server, as a sentence names it: `Redis` */
  constructor(log: Logger, what: string) {
    this.#log = log;
    this.#what = what;
  }

  /** For `on('error', …)`. */
  readonly failed = (error: Error): void => {
    const reason = (error as NodeJS.ErrnoException).code ?? error.message;
    if (this.#lost) {
      this.#log.debug({ reason }, `${this.#what} is still away`);
      return;
    }
    this.#lost = true;
    this.#log.warn({ reason }, `the connection to ${this.#what} failed; trying again until it is back`);
  };

  /** For `on('ready', …)`. */
  readonly restored = (): void => {
    if (this.#lost) this.#log.info(`${this.#what} is back`);
    this.#lost = false;
  };
}
