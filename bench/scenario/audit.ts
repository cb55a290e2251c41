/**
 * Did exactly that arrive which should have? Everything that feeders sent and receivers heard is kept as octets and gone
 * through afterwards, when no clock runs: for each prefix the attributes of the last announcement, as a fingerprint.
 *
 * What should have arrived: the attributes of a feeder whose route is among the best ones by path length and origin
 * (what follows in the decision differs between daemons), with the daemon's AS in front on external sessions.
 */
import type { Numbering } from './numbering.ts';
import { MessageReader, RouteAttributes, walkUpdate } from './update-reader.ts';

/** Changes what a feeder sent as the daemon's policy should have; false: refused. */
export type ExpectedPolicy = (address: number, length: number, attributes: RouteAttributes) => boolean;

/** Routes by number. */
export class RouteState {
  /** 0: there is none. */
  readonly fingerprints: Uint32Array;
  /** Smaller is better, as far as all daemons agree. */
  readonly ranks: Uint16Array;
  readonly #numbering: Numbering;
  readonly #reader = new MessageReader();
  readonly #attributes = new RouteAttributes();
  /** What went wrong while reading; '' if nothing. */
  fault = '';

  constructor(numbering: Numbering) {
    this.#numbering = numbering;
    this.fingerprints = new Uint32Array(numbering.count);
    this.ranks = new Uint16Array(numbering.count);
  }

  get count(): number {
    let count = 0;
    for (const fingerprint of this.fingerprints) if (fingerprint !== 0) count++;
    return count;
  }

  /** Octets that a feeder sent. */
  sent(chunks: readonly Buffer[], asWidth: 2 | 4, policy?: ExpectedPolicy): void {
    const attributes = this.#attributes;
    this.#read(chunks, (data, from, to) => {
      let fingerprint = 0;
      if (policy === undefined) {
        attributes.read(data, from, to, asWidth);
        fingerprint = attributes.fingerprint();
      }
      return (address, length) => {
        if (policy === undefined) return fingerprint;
        attributes.read(data, from, to, asWidth);
        return policy(address, length, attributes) ? attributes.fingerprint() : 0;
      };
    });
  }

  /** Octets that a receiver heard. `daemonAs`: an external session, on which every path begins with it. */
  heard(chunks: readonly Buffer[], daemonAs: number | undefined): void {
    const attributes = this.#attributes;
    this.#read(chunks, (data, from, to) => {
      attributes.read(data, from, to, 4);
      if (daemonAs !== undefined && attributes.path.shift() !== daemonAs) this.fault = 'a path lacks the daemon';
      const fingerprint = attributes.fingerprint();
      return () => fingerprint;
    });
  }

  #read(
    chunks: readonly Buffer[],
    judge: (data: Buffer, from: number, to: number) => (address: number, length: number) => number,
  ): void {
    const numbering = this.#numbering;
    for (const chunk of chunks) {
      this.#reader.push(chunk, (data, start, end) => {
        if (data[start + 18] !== 2) return;
        let fingerprintOf: (address: number, length: number) => number = () => 0;
        walkUpdate(
          data,
          start,
          end,
          (address, length, announced) => {
            const index = numbering.indexOf(address, length);
            if (index < 0) this.fault = 'a prefix that nobody sent';
            else if (announced) {
              this.fingerprints[index] = fingerprintOf(address, length);
              this.ranks[index] = 4 * this.#attributes.hops + this.#attributes.origin;
            } else this.fingerprints[index] = 0;
          },
          (from, to) => {
            fingerprintOf = judge(data, from, to);
          },
        );
      });
    }
  }
}

/** Numbers `first` to `first + count - 1`. */
export interface Range {
  readonly first: number;
  readonly count: number;
}

/** '' if the receiver has what the feeders say, and nothing of what is its own; otherwise what is wrong. */
export function compare(receiver: RouteState, feeders: readonly RouteState[], own?: Range): string {
  if (receiver.fault !== '') return receiver.fault;
  let missing = 0;
  let surplus = 0;
  let different = 0;
  for (let index = 0; index < receiver.fingerprints.length; index++) {
    let best = 0xffff;
    const isOwn = own !== undefined && index >= own.first && index < own.first + own.count;
    for (const feeder of isOwn ? [] : feeders) {
      if (feeder.fingerprints[index] !== 0) best = Math.min(best, feeder.ranks[index]!);
    }
    const has = receiver.fingerprints[index]!;
    if (best === 0xffff) {
      if (has !== 0) surplus++;
    } else if (has === 0) missing++;
    else if (!feeders.some((feeder) => feeder.fingerprints[index] === has && feeder.ranks[index] === best)) different++;
  }
  return missing + surplus + different === 0 ? '' : `${missing} missing, ${surplus} too many, ${different} different`;
}
