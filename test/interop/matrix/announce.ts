/** UPDATE messages of raw speakers: IPv4 prefixes with a minimum of attributes, as many in a message as fit. */
import { message } from '../../support/raw-speaker.ts';

const MOST_OCTETS = 4096 - 19;

/** @param as in front of the path; internal sessions have none. */
export function* announcements(
  prefixes: readonly string[],
  as: number | undefined,
  nextHop: string,
): Generator<Buffer> {
  const path =
    as === undefined ? [0x40, 2, 0] : [0x40, 2, 6, 2, 1, as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255];
  const localPref = as === undefined ? [0x40, 5, 4, 0, 0, 0, 100] : [];
  const attributes = [0x40, 1, 1, 0, ...path, 0x40, 3, 4, ...nextHop.split('.').map(Number), ...localPref];
  const head = Buffer.from([0, 0, attributes.length >> 8, attributes.length & 255, ...attributes]);
  let nlri: number[] = [];
  for (const prefix of prefixes) {
    const [address = '', digits] = prefix.split('/');
    const length = Number(digits);
    const octets = address
      .split('.')
      .map(Number)
      .slice(0, Math.ceil(length / 8));
    if (head.length + nlri.length + 1 + octets.length > MOST_OCTETS) {
      yield message(2, Buffer.concat([head, Buffer.from(nlri)]));
      nlri = [];
    }
    nlri.push(length, ...octets);
  }
  yield message(2, Buffer.concat([head, Buffer.from(nlri)]));
}
