/**
 * Names for the numbers that the tables hand out. All are row numbers counted from 1; 0 means none, so that a zeroed
 * column says "nothing here". Ids stay inside the thread that made them and mean nothing in a file or on a wire.
 */

declare const idBrand: unique symbol;

type Id<Name extends string> = number & { readonly [idBrand]: Name };

/** A row of one table's PrefixTable. */
export type PrefixId = Id<'prefix'>;
/** A row of the AttributeTable: one attribute set together with its forwarding next hop. */
export type AttributeId = Id<'attribute'>;
/** One attribute set as an update group sends it (OutgoingSets). */
export type OutgoingId = Id<'outgoing'>;
/** A row of the NextHopTable. */
export type NextHopId = Id<'next-hop'>;
/** A row of the SourceTable: one (protocol, channel) that brings routes. */
export type SourceId = Id<'source'>;
/** A row of one table's RouteStore. */
export type RouteId = Id<'route'>;
