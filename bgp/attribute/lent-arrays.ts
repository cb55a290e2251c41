/**
 * Arrays of exact lengths that are handed out again and again: who asks for the values of a hundred thousand attribute
 * sets gets the same few arrays each time, filled anew. One array for each kind of value and length; a value is there
 * until the next one of its kind is asked for.
 */

/** Longer ones are rare, and made anew. */
const LONGEST = 63;
const STRIDE = LONGEST + 1;

export class LentArrays<A> {
  readonly #make: (length: number) => A;
  readonly #arrays: (A | undefined)[] = [];

  constructor(make: (length: number) => A) {
    this.#make = make;
  }

  /** `kind`: a small number. The content is undefined. */
  take(kind: number, length: number): A {
    if (length > LONGEST) return this.#make(length);
    const index = kind * STRIDE + length;
    while (this.#arrays.length <= index) this.#arrays.push(undefined);
    let array = this.#arrays[index];
    if (array === undefined) {
      array = this.#make(length);
      this.#arrays[index] = array;
    }
    return array;
  }
}
