/**
 * protocol bgp: from what was written to a session that can be run. Defaults that depend on other options are decided
 * here; what must not be together is judged by the rules in `check`.
 */
import { ACCEPT_ALL, type Policy, PolicyReads, PolicyVerdict, REJECT_ALL } from '../../bgp/index.ts';
import type { BgpChannelCheck, BgpCheck } from '../check/bgp-check.ts';
import { BGP_RULES } from '../check/bgp-rules.ts';
import { sidesAreNamed } from '../check/sides-are-named.ts';
import type { BgpChannelConfig, BgpConfig } from '../model.ts';
import {
  BGP_CHANNEL_FIELDS,
  BGP_CHANNEL_STATEMENTS,
  BGP_CHANNEL_TYPES,
  type BgpChannelOptions,
} from './bgp-channel.ts';
import { BGP_FIELDS, type BgpOptions } from './bgp-options.ts';
import { BGP_STATEMENTS } from './bgp-statements.ts';
import { channelTable } from './channel.ts';
import type { ChannelDraft } from './channel-draft.ts';
import type { ReadContext } from './context.ts';
import { type FieldTable, fillOptions } from './option-table.ts';
import type { ProtocolKind } from './protocol.ts';
import { finishBase, type ProtocolDraft } from './protocol-draft.ts';

const PREFERENCE = 100;
const DEFAULT_HOPS = 64;

/** `require policy deny`: nothing passes, and `show protocols all` says that nobody said what should (RFC 8212). */
const MISSING_POLICY: Policy = Object.freeze({
  label: 'REJECT (no policy, RFC 8212)',
  reads: PolicyReads.Nothing,
  writes: false,
  evaluate: (): PolicyVerdict => PolicyVerdict.Reject,
  equals: (other: Policy): boolean => other === MISSING_POLICY,
});

function isInternal(options: BgpOptions): boolean {
  if (options.neighborKind !== undefined) return options.neighborKind === 'internal';
  return options.neighborAs === options.localAs;
}

/**
 * External neighbours put their own AS first (RFC 4271 section 5.1.2), members of a confederation in a segment of their
 * own (RFC 5065 section 4). A route server leaves the path as it is (RFC 7947 section 2.2.2.1).
 */
function namesItselfFirst({ localRole }: BgpOptions, internal: boolean): boolean {
  return !internal && localRole !== 'rs_client';
}

/** The rows that say what is not written. */
export interface BgpFields {
  readonly session: FieldTable<BgpOptions>;
  readonly channel: FieldTable<BgpChannelOptions>;
}

export function finishBgp(context: ReadContext, draft: ProtocolDraft, fields: BgpFields): BgpConfig | undefined {
  const { notes } = context;
  const errorsBefore = notes.count;
  const options = fillOptions(fields.session, draft.options<BgpOptions>());
  const internal = isInternal(options);
  const interior = internal || options.confederationMember;
  const hops = options.multihop === undefined ? (internal ? DEFAULT_HOPS : undefined) : options.multihop || undefined;
  const channels: { draft: ChannelDraft; check: BgpChannelCheck }[] = [];
  for (const channel of draft.channels) {
    const check = channelCheck(context, channel, hops, fields.channel);
    if (check !== undefined) channels.push({ draft: channel, check });
  }
  const bag = draft.options<BgpOptions>();
  const check: BgpCheck = {
    dialect: context.dialect,
    options,
    internal,
    interior,
    hops,
    channels: channels.map((channel) => channel.check),
    written: (key) => bag.has(key),
    error: (key, message, hint) => notes.errorAt(draft.place<BgpOptions>(key), message, hint),
    warn: (key, message, hint) => notes.warnAt(draft.place<BgpOptions>(key), message, hint),
  };
  for (const rule of BGP_RULES) {
    rule(check);
    // Without both sides the other rules would only guess.
    if (rule === sidesAreNamed && notes.count > errorsBefore) return undefined;
  }
  if (notes.count > errorsBefore) return undefined;
  const finished: BgpChannelConfig[] = [];
  for (const { draft: channel, check: channelOf } of channels) {
    const done = finishBgpChannel(channel, channelOf, check, draft.defaults.channelDebug);
    if (done === undefined) notes.inactive(`channel ${channel.type.words} of ${draft.name}`, channel.token);
    else finished.push(done);
  }
  const {
    localAs,
    authentication,
    missingPolicy: _missingPolicy,
    requireRouteRefresh,
    requireEnhancedRouteRefresh,
    requireAs4,
    requireExtendedMessages,
    requireHostname,
    requireGracefulRestart,
    requireLongLivedGracefulRestart,
    ...rest
  } = options;
  return {
    ...rest,
    ...finishBase(draft),
    kind: 'bgp',
    localAs: localAs!,
    multihop: hops,
    passive: options.passive || options.neighborRange !== undefined,
    checkLink: options.checkLink ?? hops === undefined,
    enforceFirstAs: options.enforceFirstAs ?? namesItselfFirst(options, internal),
    password: authentication === 'none' ? undefined : options.password,
    require: {
      routeRefresh: requireRouteRefresh,
      enhancedRouteRefresh: requireEnhancedRouteRefresh,
      as4: requireAs4,
      extendedMessages: requireExtendedMessages,
      hostname: requireHostname,
      gracefulRestart: requireGracefulRestart,
      longLivedGracefulRestart: requireLongLivedGracefulRestart,
    },
    longLivedGracefulRestart: options.longLivedGracefulRestart ?? (options.gracefulRestart === 'off' ? 'off' : 'aware'),
    channels: finished,
  };
}

function channelCheck(
  { notes, ...context }: ReadContext,
  channel: ChannelDraft,
  hops: number | undefined,
  fields: FieldTable<BgpChannelOptions>,
): BgpChannelCheck | undefined {
  const table = channelTable({ notes, ...context }, channel);
  if (table === undefined) return undefined;
  const bag = channel.options<BgpChannelOptions>();
  const options = fillOptions(fields, bag);
  return {
    options,
    words: channel.type.words,
    table,
    gateway: options.gateway ?? (hops === undefined ? 'direct' : 'recursive'),
    error: (key, message, hint) => {
      notes.errorAt((key === undefined ? undefined : bag.place(key)) ?? channel.token, message, hint);
    },
  };
}

function finishBgpChannel(
  channel: ChannelDraft,
  { options, table, gateway }: BgpChannelCheck,
  { options: session, interior }: BgpCheck,
  debug: number,
): BgpChannelConfig | undefined {
  const { family } = channel.type;
  if (family === undefined) return undefined;
  const { addPaths, baseTable, validate, ...rest } = options;
  const missing = !interior && session.missingPolicy === 'deny' ? MISSING_POLICY : undefined;
  return {
    ...rest,
    family,
    table: table.name,
    preference: options.preference ?? PREFERENCE,
    importPolicy: options.importPolicy ?? missing ?? ACCEPT_ALL,
    exportPolicy: options.exportPolicy ?? missing ?? REJECT_ALL,
    debug: options.debug ?? debug,
    place: channel.token.source.place(channel.token.start),
    nextHopKeep: options.nextHopKeep ?? (session.rsClient ? 'all' : session.rrClient ? 'ibgp' : 'off'),
    nextHopPrefer: options.nextHopPrefer ?? (gateway === 'direct' ? 'global' : 'local'),
    gateway,
    igpTable4: options.igpTable4?.name,
    igpTable6: options.igpTable6?.name,
    addPathsReceive: addPaths === 'on' || addPaths === 'rx',
    addPathsSend: addPaths === 'on' || addPaths === 'tx',
    aigp: options.aigp ?? (interior ? 'on' : 'off'),
  };
}

export const BGP: ProtocolKind = {
  word: 'bgp',
  statements: BGP_STATEMENTS,
  channels: { types: BGP_CHANNEL_TYPES, statements: BGP_CHANNEL_STATEMENTS, single: false },
  finish: (context, draft) => finishBgp(context, draft, { session: BGP_FIELDS, channel: BGP_CHANNEL_FIELDS }),
};
