/**
 * A walk over the rows of a table in slices, so that a long one does not hold up everything else. Rows that are added
 * meanwhile are met if they lie ahead.
 */
export class RowWalk {
  #next = 1;

  /** The next slice starts from the first row again. */
  restart(): void {
    this.#next = 1;
  }

  /** Visits up to `limit` rows, used or not. False when the walk is through; the next call starts over. */
  run(rows: { readonly highWater: number }, limit: number, visit: (row: number) => void): boolean {
    const end = Math.min(rows.highWater, this.#next + limit - 1);
    for (let row = this.#next; row <= end; row++) visit(row);
    // The table may have become empty while rows were visited.
    const more = end < rows.highWater;
    this.#next = more ? end + 1 : 1;
    return more;
  }
}
