/**
 * What an editor wants to be different from the record that it loaded: a short list of (id, flags, value), ascending
 * by id, in which `undefined` stands for "taken away". Merged with the record in one walk when it is encoded.
 */
export class ChangeList {
  count = 0;
  readonly ids: number[] = [];
  readonly flags: number[] = [];
  readonly values: (Uint8Array | undefined)[] = [];

  /** Index of the change of `id`, or -1. */
  indexOf(id: number): number {
    for (let i = 0; i < this.count; i++) if (this.ids[i] === id) return i;
    return -1;
  }

  put(id: number, flags: number, value: Uint8Array | undefined): void {
    let i = 0;
    while (i < this.count && this.ids[i] < id) i++;
    if (i === this.count || this.ids[i] !== id) {
      for (let j = this.count; j > i; j--) {
        this.ids[j] = this.ids[j - 1];
        this.flags[j] = this.flags[j - 1];
        this.values[j] = this.values[j - 1];
      }
      this.count++;
    }
    this.ids[i] = id;
    this.flags[i] = flags;
    this.values[i] = value;
  }

  clear(): void {
    this.count = 0;
    this.values.length = 0;
  }
}
