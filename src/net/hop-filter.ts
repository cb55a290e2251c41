/**
 * TTL security on a listening socket (RFC 5082). The hop limit of a connection can be demanded once it was accepted, but
 * what came before that was let in already; and a listener is shared with neighbours that may be far away. So the
 * listener gets a packet filter (classic BPF) of its own, which knows from whom how much is demanded. Accepted
 * connections inherit it from their first packet on.
 *
 *     hop limit 255?  pass                     whoever sends that is on the link
 *     source = neighbour 1?  hop limit >= its minimum?  pass : drop
 *     source = neighbour 2?  ...
 *     pass
 *
 * Pure: builds the program, src/net/socket-options.ts hands it to the kernel.
 */

/** One neighbour, or a range of them; the first that fits a packet decides. */
export interface HopRule {
  /** 4 or 16 octets, zeros behind `prefixLength`. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
  /** `undefined`: any. */
  readonly minTtl: number | undefined;
}

/** struct sock_filter (linux/filter.h). */
export interface FilterStep {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const MAX_TTL = 255;
const PASS = 0xffffffff;
const DROP = 0;
/** BPF_MAXINSNS. */
const MAX_STEPS = 4096;

const LOAD_WORD = 0x20;
const LOAD_OCTET = 0x30;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_EQUAL = 0x35;
const RETURN = 0x06;
/** SKF_NET_OFF: offsets count from the network header. */
const NETWORK = 0xfff00000;

/** TTL, or hop limit; source address. */
const FIELDS = { 4: { ttl: NETWORK + 8, source: NETWORK + 12 }, 6: { ttl: NETWORK + 7, source: NETWORK + 8 } } as const;

/** `undefined`: nothing is demanded of anybody, or there are more neighbours than a filter can hold. */
export function hopFilter(version: 4 | 6, rules: readonly HopRule[]): readonly FilterStep[] | undefined {
  if (!rules.some((rule) => rule.minTtl !== undefined)) return undefined;
  const { ttl } = FIELDS[version];
  const steps: FilterStep[] = [
    step(LOAD_OCTET, ttl),
    { code: JUMP_GREATER_EQUAL, jt: 0, jf: 1, k: MAX_TTL },
    step(RETURN, PASS),
  ];
  for (const rule of rules) steps.push(...ruleSteps(version, rule));
  steps.push(step(RETURN, PASS));
  return steps.length > MAX_STEPS ? undefined : steps;
}

function ruleSteps(version: 4 | 6, { address, prefixLength, minTtl }: HopRule): FilterStep[] {
  const verdict: FilterStep[] = [];
  if (minTtl !== undefined) {
    verdict.push(
      step(LOAD_OCTET, FIELDS[version].ttl),
      { code: JUMP_GREATER_EQUAL, jt: 1, jf: 0, k: minTtl },
      step(RETURN, DROP),
    );
  }
  verdict.push(step(RETURN, PASS));
  // Built from the end: each comparison that fails jumps over everything that follows it.
  let steps = verdict;
  const words = Math.ceil(prefixLength / 32);
  for (let word = words - 1; word >= 0; word--) {
    const bits = Math.min(32, prefixLength - 32 * word);
    const mask = bits === 32 ? PASS : (PASS << (32 - bits)) >>> 0;
    const value = new DataView(address.buffer, address.byteOffset).getUint32(4 * word);
    steps = [
      step(LOAD_WORD, FIELDS[version].source + 4 * word),
      ...(bits === 32 ? [] : [step(AND, mask)]),
      { code: JUMP_EQUAL, jt: 0, jf: steps.length, k: (value & mask) >>> 0 },
      ...steps,
    ];
  }
  return steps;
}

function step(code: number, k: number): FilterStep {
  return { code, jt: 0, jf: 0, k };
}
