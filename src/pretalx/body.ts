/** An answer that is larger is refused. */
export const bodyLimitBytes = 64 * 1024 * 1024;

/**
 * The bytes of one answer, in memory of their own that is given back as soon as it is released: V8 collects what is
 * outside of its heap late, and pages that nobody needs any more were most of a worker's memory. See
 * docs/performance.md.
 */
export class Body {
  #memory: ArrayBuffer;
  #length = 0;

  /** @param expectedBytes how long it will probably be */
  constructor(expectedBytes: number) {
    this.#memory = Buffer.allocUnsafeSlow(Math.min(expectedBytes, bodyLimitBytes)).buffer;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    const after = this.#length + chunk.length;
    const capacity = this.#memory.byteLength;
    if (after > capacity) this.#memory = this.#memory.transfer(Math.max(after, 2 * capacity));
    new Uint8Array(this.#memory, this.#length).set(chunk);
    this.#length = after;
  }

  /** A view of all of it, which `release` leaves empty. */
  bytes(): Buffer {
    if (this.#memory.detached) throw new Error('The memory of this answer was released');
    return Buffer.from(this.#memory, 0, this.#length);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  /** Gives its memory back. It can't be read any more. */
  release(): void {
    this.#memory.transfer(0);
  }
}
