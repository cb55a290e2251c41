/** Addresses as sockets name them, turned into the one form that configurations use. */
import { type Ip, parseIp } from '../../bgp/index.ts';

export interface Endpoint {
  readonly address: Ip;
  /** Interface of a link-local address (`%eth0`). */
  readonly zone: string | undefined;
}

/** `::ffff:10.0.0.1` is 10.0.0.1; `fe80::1%eth0` is an address and a zone. */
export function parseEndpoint(text: string | undefined): Endpoint | undefined {
  if (text === undefined) return undefined;
  const percent = text.indexOf('%');
  const bare = percent < 0 ? text : text.slice(0, percent);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  const address = parseIp(mapped?.[1] ?? bare);
  if (address === undefined) return undefined;
  return { address, zone: percent < 0 ? undefined : text.slice(percent + 1) };
}
