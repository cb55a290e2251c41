/** Routes that carry a next hop and no attributes: what protocols other than BGP bring, before any filter. */
import type { NextHop } from '../../bgp/index.ts';
import type { AttributeId, AttributeTable, NextHopTable } from '../../rib/index.ts';

const NO_OCTETS = new Uint8Array(0);

/** The attribute id of such a route, with one reference for the caller. */
export function internBare(
  tables: { readonly attributes: AttributeTable; readonly nextHops: NextHopTable },
  nextHop: NextHop,
): AttributeId {
  const id = tables.nextHops.intern(nextHop);
  const attribute = tables.attributes.intern(NO_OCTETS, 0, 0, 0, id);
  tables.nextHops.release(id);
  return attribute;
}
