/** PostgreSQL's protocol as it passes by: finds the messages in what a socket reads, without keeping them. */

/** Calls `onMessage` with each message's type (one character), and with the untagged first one's body. */
export class Messages {
  readonly #onMessage: (type: string, body?: Buffer) => void;
  #startup: Buffer | undefined;
  #header = Buffer.alloc(0);
  /** Bytes of the message under way that are still to come. */
  #rest = 0;

  /** @param hasStartup a client's first message has no type */
  constructor(hasStartup: boolean, onMessage: (type: string, body?: Buffer) => void) {
    this.#onMessage = onMessage;
    if (hasStartup) this.#startup = Buffer.alloc(0);
  }

  push(chunk: Buffer): void {
    let at = 0;
    if (this.#startup !== undefined) {
      this.#startup = Buffer.concat([this.#startup, chunk]);
      const length = this.#startup.length < 4 ? Number.POSITIVE_INFINITY : this.#startup.readUInt32BE();
      if (this.#startup.length < length) return;
      at = chunk.length - (this.#startup.length - length);
      this.#onMessage('', this.#startup.subarray(0, length));
      this.#startup = undefined;
    }
    while (at < chunk.length) {
      const skipped = Math.min(this.#rest, chunk.length - at);
      this.#rest -= skipped;
      at += skipped;
      if (this.#rest > 0 || at === chunk.length) return;
      const missing = 5 - this.#header.length;
      this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + missing)]);
      at += missing;
      if (this.#header.length < 5) return;
      this.#rest = this.#header.readUInt32BE(1) - 4;
      this.#onMessage(String.fromCharCode(this.#header[0] ?? 0));
      this.#header = Buffer.alloc(0);
    }
  }
}
