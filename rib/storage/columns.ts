/**
 * Growing typed arrays. A column doubles: the new pages are zero pages that cost nothing until a row is written, so
 * doubling does not double the memory in use.
 */

export type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** A column of `capacity` rows that begins with the rows of `column`. */
export function resized<T extends Column>(column: T, capacity: number): T {
  const Type = column.constructor as new (length: number) => T;
  const larger = new Type(capacity);
  larger.set(column.length > capacity ? column.subarray(0, capacity) : column);
  return larger;
}

/** The capacity to grow to, so that row `row` exists. */
export function capacityFor(row: number, capacity: number): number {
  let grown = Math.max(capacity, 16);
  while (grown <= row) grown *= 2;
  return grown;
}
