/**
 * protocol l3vpn: routes of a VRF as VPN routes and back (RFC 4364).
 *
 *     option := 'rd' RD | ( 'import' | 'export' | 'route' ) 'target' ( 'all' | 'none' | expression )
 *
 * Targets are extended communities or sets of them.
 */
import { readTyped } from '../../filter/declarations.ts';
import { CHANNEL_FIELDS, type ChannelOptions, commonChannelStatements, plainChannelTypes } from '../channel.ts';
import type { ReadContext } from '../context.ts';
import { checked, finishInactive } from '../inactive-protocol.ts';
import { labelStatements } from '../mpls-labels.ts';
import { type OptionStatement, Statements, value } from '../option-table.ts';
import type { ProtocolKind } from '../protocol.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements } from '../protocol-draft.ts';

interface L3vpnOptions extends CommonOptions {
  readonly rd: boolean;
  readonly importTarget: boolean;
  readonly exportTarget: boolean;
}

function readTarget(context: ReadContext): void {
  const { stream } = context;
  if (stream.acceptWords('all') || stream.acceptWords('none')) return;
  readTyped(context, ['ec', 'ec set', 'set'], 'Extended community or set of them expected');
}

function target(
  word: 'import' | 'export' | 'route',
  about: string,
  sets: readonly ('importTarget' | 'exportTarget')[],
): OptionStatement<L3vpnOptions> {
  return checked(`${word} target <extended communities> | all | none`, about, 'must be set', (context, bag, at) => {
    readTarget(context);
    for (const key of sets) bag.set(key, true, at);
  });
}

const absent = value<boolean>(false, 'nothing');

export const L3VPN_STATEMENTS = new Statements<L3vpnOptions>(
  { ...COMMON_FIELDS, rd: absent, importTarget: absent, exportTarget: absent },
  [
    checked('rd <route distinguisher>', 'of the routes of this VRF', 'must be set', (context, bag, at) => {
      readTyped(context, ['rd'], 'Route distinguisher expected');
      bag.set('rd', true, at);
    }),
    target('import', 'routes with one of these come into the VRF', ['importTarget']),
    target('export', 'routes of the VRF get these', ['exportTarget']),
    target('route', 'both', ['importTarget', 'exportTarget']),
    ...commonStatements<L3vpnOptions>(),
  ],
);

export const L3VPN_CHANNEL_STATEMENTS = new Statements<ChannelOptions>(CHANNEL_FIELDS, [
  ...commonChannelStatements<ChannelOptions>(),
  ...labelStatements<ChannelOptions>(),
]);

export const L3VPN: ProtocolKind = {
  word: 'l3vpn',
  statements: L3VPN_STATEMENTS,
  channels: {
    types: plainChannelTypes('ipv4', 'ipv6', 'vpn4', 'vpn6', 'mpls'),
    statements: L3VPN_CHANNEL_STATEMENTS,
    single: false,
  },
  finish: (context, draft) => {
    const options = draft.options<L3vpnOptions>();
    const complain = (message: string): undefined => {
      context.notes.errorAt(draft.token, message);
      return undefined;
    };
    const has = (net: string): boolean => draft.channels.some(({ type }) => type.net === net);
    if (has('ipv4') !== has('vpn4')) return complain('For IPv4 L3VPN, both IPv4 and VPNv4 channels must be specified');
    if (has('ipv6') !== has('vpn6')) return complain('For IPv6 L3VPN, both IPv6 and VPNv6 channels must be specified');
    if (!has('mpls')) return complain('MPLS channel not specified');
    if (!options.has('rd')) return complain('Route distinguisher not specified');
    if (!options.has('importTarget') && !options.has('exportTarget')) return complain('Route target not specified');
    return finishInactive(context, draft);
  },
};
