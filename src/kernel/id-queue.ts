/** A queue of row numbers in a growing ring; first in, first out. The owner makes sure that a row is in it once. */
export class IdQueue {
  #ring = new Uint32Array(256);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(id: number): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = id;
    this.#length++;
  }

  /** The oldest; only while `length` is not 0. */
  shift(): number {
    const id = this.#ring[this.#head]!;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    return id;
  }

  #grow(): void {
    const ring = new Uint32Array(2 * this.#ring.length);
    const tail = this.#ring.subarray(this.#head);
    ring.set(tail);
    ring.set(this.#ring.subarray(0, this.#head), tail.length);
    this.#ring = ring;
    this.#head = 0;
  }
}
