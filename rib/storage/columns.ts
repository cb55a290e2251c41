/**
 * Growing typed arrays. A column grows fourfold: fresh pages are zero pages that cost nothing until a row is written,
 * so the room ahead is free, while each copy that growing leaves behind is memory until the collector comes by.
 */

export type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** A column of `capacity` rows that begins with the rows of `column`. */
export function resized<T extends Column>(column: T, capacity: number): T {
  const Type = column.constructor as new (length: number) => T;
  const larger = new Type(capacity);
  larger.set(column.length > capacity ? column.subarray(0, capacity) : column);
  return larger;
}

/** From here on columns only double, to stay within what can be reserved. */
const LARGE = 1 << 24;

/** The capacity that follows `capacity`. */
export function nextCapacity(capacity: number): number {
  return capacity < LARGE ? 4 * capacity : 2 * capacity;
}

/** The capacity to grow to, so that row `row` exists. */
export function capacityFor(row: number, capacity: number): number {
  let grown = Math.max(capacity, 16);
  while (grown <= row) grown = nextCapacity(grown);
  return grown;
}
