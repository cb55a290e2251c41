/** What the tests of export rules share: sessions, sources and routes with only the facts that a test names. */
import assert from 'node:assert/strict';
import {
  AttributeCode,
  AttributeEditor,
  ExtensionAttribute,
  formatAsPath,
  formatCommunityList,
  formatIpv4Word,
  IPV4_UNICAST,
  type Ip,
  type NextHop,
  parseAsPath,
  parseIp,
  RouteSourceKind,
  readU32,
} from '../../bgp/index.ts';
import {
  AdvertisementReason,
  type BgpSource,
  type Forwarding,
  type OutgoingRoute,
  type ResolvedHop,
  type RouteSource,
  type SourceId,
} from '../../rib/index.ts';
import { type ExportSession, SessionAdvertisement } from '../../route-reflector/index.ts';

export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

export const SELF = '10.0.0.254';

/** An external session of AS 65000 on eth0, with nothing special about it. */
export function session(facts: Partial<ExportSession> = {}): ExportSession {
  const internal = facts.internal ?? false;
  return {
    family: IPV4_UNICAST,
    internal,
    interior: internal,
    localAs: 65000,
    publicAs: 65000,
    rrClient: false,
    clusterId: 0,
    rsClient: false,
    nextHopSelf: 'off',
    nextHopKeep: 'off',
    ownAddress: ip(SELF),
    ownLinkLocal: undefined,
    linkLocalFormat: 'native',
    linkInterface: internal ? undefined : 'eth0',
    extendedNextHop: false,
    allowLocalPref: false,
    allowMed: false,
    defaultLocalPref: 100,
    gracefulShutdown: false,
    aigp: internal ? 'on' : 'off',
    localRole: undefined,
    interpretCommunities: true,
    prepares: false,
    llgrCapable: false,
    ...facts,
  };
}

/** Routes of an external peer 10.0.0.7 in AS 65007 on eth0. */
export function bgpSource(facts: Partial<BgpSource> = {}): RouteSource {
  const internal = facts.internal ?? false;
  return {
    id: 1 as SourceId,
    protocol: 'p',
    channel: 'p.ipv4',
    kind: RouteSourceKind.Bgp,
    preference: 100,
    bgp: {
      internal,
      interior: internal,
      localAs: 65000,
      peerAs: internal ? 65000 : 65007,
      peerId: 0x0a000007,
      peerAddress: ip('10.0.0.7'),
      localId: 0x0a0000fe,
      rrClient: false,
      rsClient: false,
      clusterId: 0,
      defaultLocalPref: 100,
      defaultMed: 0,
      medMetric: false,
      deterministicMed: false,
      pathMetric: true,
      igpMetric: true,
      preferOlder: false,
      linkInterface: internal ? undefined : 'eth0',
      multihop: internal,
      ...facts,
    },
    via: undefined,
    root: 1 as SourceId,
  };
}

export function localSource(kind: RouteSourceKind = RouteSourceKind.Static): RouteSource {
  return {
    id: 2 as SourceId,
    protocol: 'static1',
    channel: 'static1.ipv4',
    kind,
    preference: 200,
    bgp: undefined,
    via: undefined,
    root: 2 as SourceId,
  };
}

export interface RouteFields {
  readonly origin?: number;
  /** In the form of `formatAsPath`; `undefined`: no AS_PATH. */
  readonly asPath?: string;
  readonly nextHop?: string;
  readonly linkLocal?: string;
  readonly med?: number;
  readonly localPref?: number;
  readonly communities?: readonly number[];
  readonly extended?: readonly number[];
  readonly originatorId?: number;
  readonly clusterList?: readonly number[];
  readonly aigp?: readonly [number, number];
  readonly otc?: number;
  readonly igpMetric?: number;
  /** Code, flags, value. */
  readonly unknown?: readonly (readonly [number, number, readonly number[]])[];
  readonly medWritten?: boolean;
  readonly nextHopWritten?: boolean;
  readonly hops?: readonly Partial<ResolvedHop>[];
  readonly metric?: number;
}

export function route(source: RouteSource, fields: RouteFields = {}): OutgoingRoute {
  const editor = new AttributeEditor();
  editor.loadEmpty();
  if (fields.origin !== undefined) editor.setU32(AttributeCode.Origin, fields.origin);
  if (fields.asPath !== undefined) editor.setAsPath(parseAsPath(fields.asPath)!);
  if (fields.nextHop !== undefined) {
    if (fields.linkLocal === undefined) editor.setNextHop(ip(fields.nextHop));
    else editor.setNextHop(ip(fields.nextHop), ip(fields.linkLocal));
  }
  if (fields.med !== undefined) editor.setU32(AttributeCode.MultiExitDisc, fields.med);
  if (fields.localPref !== undefined) editor.setU32(AttributeCode.LocalPref, fields.localPref);
  if (fields.communities !== undefined) {
    editor.setWords(AttributeCode.Communities, Uint32Array.from(fields.communities));
  }
  if (fields.extended !== undefined) {
    editor.setWords(AttributeCode.ExtendedCommunities, Uint32Array.from(fields.extended));
  }
  if (fields.originatorId !== undefined) editor.setU32(AttributeCode.OriginatorId, fields.originatorId);
  if (fields.clusterList !== undefined) {
    editor.setWords(AttributeCode.ClusterList, Uint32Array.from(fields.clusterList));
  }
  if (fields.aigp !== undefined) {
    const [high, low] = fields.aigp;
    const octets = [high, low].flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
    // A TLV of another type stands in front: it is carried and means nothing.
    editor.setRaw(AttributeCode.Aigp, 0x80, Uint8Array.from([2, 0, 4, 99, 1, 0, 11, ...octets]));
  }
  if (fields.otc !== undefined) editor.setU32(AttributeCode.OnlyToCustomer, fields.otc);
  for (const [code, flags, value] of fields.unknown ?? []) editor.setRaw(code, flags, Uint8Array.from(value));
  if (fields.igpMetric !== undefined) editor.setExtensionU32(ExtensionAttribute.IgpMetric, fields.igpMetric);
  editor.encodeRecord();
  const nextHop: NextHop = { kind: 'unreachable' };
  const hops = (fields.hops ?? []).map((hop) => ({
    gateway: undefined,
    interfaceName: 'eth0',
    interfaceIndex: 2,
    weight: 1,
    onlink: false,
    ...hop,
  }));
  const forwarding: Forwarding = {
    kind: hops.length > 0 ? 'unicast' : 'unresolved',
    hops,
    igpMetric: fields.metric ?? 0,
  };
  return {
    bytes: editor.bytes,
    start: editor.start,
    wireEnd: editor.wireEnd,
    end: editor.end,
    source,
    nextHop,
    medWritten: fields.medWritten ?? false,
    nextHopWritten: fields.nextHopWritten ?? false,
    forwarding: () => forwarding,
  };
}

/** Why the route may not be heard; '' if it may. */
export function refusal(target: ExportSession, from: RouteSource, fields: RouteFields = {}): string {
  return reasonName(new SessionAdvertisement(target).admits(route(from, fields)));
}

export function reasonName(reason: AdvertisementReason): string {
  if (reason === AdvertisementReason.None) return '';
  return Object.entries(AdvertisementReason).find(([, value]) => value === reason)?.[0] ?? `${reason}`;
}

/** The attributes that are sent, one word each; or the reason why nothing is. */
export function sent(target: ExportSession, from: RouteSource, fields: RouteFields = {}): string {
  const advertisement = new SessionAdvertisement(target);
  const reason = advertisement.rewrite(route(from, fields));
  if (reason !== AdvertisementReason.None) return reasonName(reason);
  const words = describeRecord(advertisement.record, advertisement.recordEnd);
  checkForm(advertisement, from, fields);
  return words;
}

/** Where the set alone is said to suffice, the same octets come of it. */
function checkForm(advertisement: SessionAdvertisement, from: RouteSource, fields: RouteFields): void {
  const record = advertisement.record.slice(0, advertisement.recordEnd);
  const { bytes, start, wireEnd, ...rest } = route(from, fields);
  const form = advertisement.formOf({ bytes, start, wireEnd, ...rest });
  if (form === 0) return;
  // Other questions come in between.
  advertisement.rewrite(route(localSource(), { asPath: '1 2 3', nextHop: '10.0.0.9', med: 1 }));
  advertisement.rewriteAs(form, bytes, start, wireEnd);
  assert.deepEqual(advertisement.record.slice(0, advertisement.recordEnd), record);
}

export function describeRecord(bytes: Uint8Array, end: number): string {
  const editor = new AttributeEditor();
  editor.load(bytes, 0, end, end);
  const words: string[] = [];
  let before = 0;
  for (let code = 1; code < 256; code++) {
    const value = editor.raw(code);
    if (value === undefined) continue;
    if (code <= before) throw new Error('attributes out of order');
    before = code;
    words.push(describe(code, value, editor));
  }
  return words.join(' ');
}

function describe(code: number, value: Uint8Array, editor: AttributeEditor): string {
  switch (code) {
    case AttributeCode.Origin:
      return ['igp', 'egp', 'incomplete'][value[0]!] ?? '?';
    case AttributeCode.AsPath:
      return `path(${formatAsPath(value, 0, value.length)})`;
    case AttributeCode.NextHop: {
      const linkLocal = value.length === 32 ? `+${editor.nextHopLinkLocal()}` : '';
      return `via=${editor.nextHop()}${linkLocal}`;
    }
    case AttributeCode.MultiExitDisc:
      return `med=${readU32(value, 0)}`;
    case AttributeCode.LocalPref:
      return `pref=${readU32(value, 0)}`;
    case AttributeCode.Communities:
      return `comm=${formatCommunityList(value, 0, value.length, 1)}`;
    case AttributeCode.ExtendedCommunities:
      return `ext=${formatCommunityList(value, 0, value.length, 2)}`;
    case AttributeCode.OriginatorId:
      return `originator=${formatIpv4Word(readU32(value, 0))}`;
    case AttributeCode.ClusterList:
      return `clusters=${[...editor.words(code)!].join(',')}`;
    case AttributeCode.Aigp:
      return `aigp=${[...value].map((octet) => octet.toString(16).padStart(2, '0')).join('')}`;
    case AttributeCode.OnlyToCustomer:
      return `otc=${readU32(value, 0)}`;
    default:
      return `${code}/${editor.flags(code).toString(16)}=${[...value].join(',')}`;
  }
}
