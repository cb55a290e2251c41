/** Autonomous System numbers with a meaning of their own. */

/** Stands for a four-octet number where only two octets fit (RFC 6793 section 9). */
export const AS_TRANS = 23456;

/** Never valid in OPEN, AS_PATH, AGGREGATOR and their four-octet forms (RFC 7607). */
export const AS_ZERO = 0;

export const MAX_TWO_OCTET_AS = 0xffff;
