/**
 * Protocols that BIRD has and this version does not run. Those that add to BGP without changing its routes are
 * accepted, checked, and reported as not active; the other routing protocols are refused, because routes would silently
 * be missing.
 */
import { didYouMean } from '../../syntax/diagnostic.ts';
import { TokenKind } from '../../syntax/token.ts';
import type { ReadContext } from '../context.ts';
import type { ProtocolKind } from '../protocol.ts';
import { AGGREGATOR } from './aggregator.ts';
import { BFD } from './bfd.ts';
import { BMP } from './bmp.ts';
import { L3VPN } from './l3vpn.ts';
import { MRT } from './mrt.ts';
import { RPKI } from './rpki.ts';

export const INACTIVE_KINDS: readonly ProtocolKind[] = [BFD, RPKI, MRT, BMP, AGGREGATOR, L3VPN];

const REFUSED: Readonly<Record<string, string>> = {
  ospf: 'OSPF',
  rip: 'RIP',
  babel: 'Babel',
  radv: 'Router Advertisements',
  perf: 'performance tests of BIRD',
  evpn: 'EVPN',
  bridge: 'bridges',
};

/** Complains about a protocol's word that no kind has. */
export function failUnknownProtocol({ stream }: ReadContext, known: Iterable<string>): never {
  const token = stream.peek();
  const refused = token.kind === TokenKind.Word ? REFUSED[token.text] : undefined;
  if (refused !== undefined) {
    const hint = `Peregrine routes with BGP, static routes and the kernel; run ${refused} in another daemon.`;
    stream.fail(`Protocol ${token.text} is not supported`, token, hint);
  }
  const hint = token.kind === TokenKind.Word ? didYouMean(token.text, known) : undefined;
  return stream.fail(`syntax error, unexpected ${stream.tokenName(token)}`, token, hint);
}
