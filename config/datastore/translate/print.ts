/**
 * The plan of a node as a configuration in the language of BIRD 1.6: the names, statements and order that a node of
 * Calico has in its own files, in one text. What runs is compiled from the same pieces (node-config.ts).
 */
import { formatPrefix } from '../../../bgp/index.ts';
import { addCommunityText, PIVOT, ruleText } from './filter-function.ts';
import { programsTunnels } from './node-plan.ts';
import type { FamilyPlan, FilterFunction, NodePlan, PoolPlan, Session } from './plan.ts';

/** The whole text for one family. */
export function printConfig(plan: NodePlan, version: 4 | 6): string {
  const family = plan.families[version === 4 ? 0 : 1];
  const parts = [printHead(plan, family)];
  if (family.address === undefined) parts.push(`# IPv${version} disabled on this node.\n`);
  else
    parts.push(printTemplate(plan, family), ...family.sessions.map((session) => `\n${printSession(family, session)}`));
  return parts.join('\n');
}

/** Everything but sessions. */
export function printHead(plan: NodePlan, family: FamilyPlan): string {
  const excluded = [...plan.ignoredInterfaces, 'cali*', 'kube-ipvs*'].map((pattern) => `-"${pattern}"`).join(', ');
  return `# Node ${plan.node}, IPv${family.version}
${block(
  'function apply_communities ()',
  family.communities.map(
    ({ cidr, values }) => `if ( net ~ ${formatPrefix(cidr)} ) then { ${values.map(addCommunityText).join(' ')} }`,
  ),
)}

template kernel kernel_template {
  learn;
  persist;
  scan time 2;
  import all;
}

template direct direct_template {
${debugLine(plan, 'states')}  interface ${excluded}, "*";
}

${aggregation(family)}
${exports(plan, family)}
${kernelFilter(family)}
router id ${plan.routerId};
${listenLine(plan, family)}
protocol kernel from kernel_template {
  export filter calico_kernel_programming;
  graceful restart;
  merge paths on;
}

protocol device {
${debugLine(plan, 'states')}  scan time 2;
}

protocol direct from direct_template {
}
`;
}

/** What sessions share: their template, and the functions that they call. */
export function printTemplate(plan: NodePlan, family: FamilyPlan): string {
  const functions = family.functions.map(functionText);
  return `template bgp bgp_template {
${debugLine(plan, 'states, routes, filters, events')}  description "Connection to BGP peer";
  local as ${plan.asNumber};
  gateway recursive;
  add paths on;
  graceful restart;
  connect delay time 2;
  connect retry time 5;
  error wait time 5,30;
}

${functions.length === 0 ? `# No v${family.version} BGPFilters configured\n` : functions.join('\n')}`;
}

export function printSession(family: FamilyPlan, session: Session): string {
  const priority = family.normalPriority;
  const calls = (functions: readonly FilterFunction[]): string =>
    functions.map(({ name, asksSameAs }) => `    '${name}'(${asksSameAs ? session.internal : ''});\n`).join('');
  const lines = [
    ...(session.localAs === undefined ? [] : [`local as ${session.localAs};`]),
    `neighbor ${session.address}${session.port === undefined ? '' : ` port ${session.port}`} as ${session.peerAs};`,
    ...(session.sourceAddress === undefined ? [] : [`source address ${session.sourceAddress};`]),
    `ttl security ${session.ttlSecurity > 0 ? 'on' : 'off'};`,
    `multihop${session.ttlSecurity > 0 ? ` ${session.ttlSecurity}` : ''};`,
    `import filter {
${calls(session.importFilters)}    if (defined(bgp_local_pref)&&(bgp_local_pref > ${PIVOT - priority})) then
      preference = 200;
    accept;
  };`,
    `export filter {
    if (defined(source) && source = RTS_BGP && defined(bgp_local_pref)) then {
      krt_metric = ${PIVOT} - bgp_local_pref;
    } else {
      if (!defined(krt_metric)) then { krt_metric = ${priority}; }
      bgp_local_pref = ${PIVOT} - krt_metric;
    }
${calls(session.exportFilters)}    calico_export_to_bgp_peers(${session.internal});
    reject;
  };`,
    ...(session.passive ? ['passive on;'] : []),
    ...(session.restartTime === undefined ? [] : [`graceful restart time ${session.restartTime};`]),
    ...(session.keepaliveTime === undefined ? [] : [`keepalive time ${session.keepaliveTime};`]),
    ...(session.clusterId === undefined ? [] : ['rr client;', `rr cluster id ${session.clusterId};`]),
    ...(session.password === undefined ? [] : [passwordLine(session.password)]),
    ...(session.nextHop === undefined ? [] : [`next hop ${session.nextHop};`]),
    ...(session.allowLocalAs === 0 ? [] : [`allow local as ${session.allowLocalAs};`]),
  ];
  return `# ${session.origin}
protocol bgp ${session.name} from bgp_template {
  ${lines.join('\n  ')}
}
`;
}

/** Strings of the language know no escapes. */
function passwordLine(password: string): string {
  return /["\p{Cc}]/u.test(password)
    ? '# The password has characters that this language cannot write.'
    : `password "${password}";`;
}

function block(head: string, lines: readonly string[]): string {
  return `${head}\n{\n${lines.map((line) => `  ${line}\n`).join('')}}`;
}

function debugLine({ logLevel }: NodePlan, flags: string): string {
  if (logLevel === 'none') return '';
  return logLevel === 'debug' ? '  debug all;\n' : `  debug { ${flags} };\n`;
}

function listenLine({ listenPort, bindToNodeIp }: NodePlan, { address }: FamilyPlan): string {
  const where = bindToNodeIp && address !== undefined ? ` address ${address}` : '';
  const port = listenPort === undefined ? '' : ` port ${listenPort}`;
  return where === '' && port === '' ? '' : `listen bgp${where}${port};\n`;
}

function functionText({ filter, name, asksSameAs, rules }: FilterFunction): string {
  const version = name.at(-1);
  return `# v${version} BGPFilter ${filter}\nfunction '${name}'(${asksSameAs ? 'bool is_same_as' : ''}) {
${rules.map((rule) => `  ${ruleText(rule)}\n`).join('')}}
`;
}

/** Blocks go out whole; single addresses in them only where they are more urgent than usual. */
function aggregation(family: FamilyPlan): string {
  const routes = family.staticRoutes.map(({ prefix, via }) =>
    via === undefined ? `route ${formatPrefix(prefix)} blackhole;` : `route ${formatPrefix(prefix)} via ${via};`,
  );
  const statics =
    routes.length === 0
      ? ''
      : `template static static_template {\n${routes.map((route) => `  ${route}\n`).join('')}}\nprotocol static from static_template {\n}\n\n`;
  const rules = family.blocks.flatMap(({ cidr, state }) => {
    const net = formatPrefix(cidr);
    if (state !== 'confirmed') return [`# Block ${net} is ${state}`];
    return [
      `if ( net = ${net} ) then { accept; }`,
      `if ( net ~ ${net} && krt_metric < ${family.normalPriority} ) then { accept; }`,
      `if ( net ~ ${net} ) then { reject; }`,
    ];
  });
  return `${statics}${block('function calico_aggr ()', rules)}\n`;
}

function exports(plan: NodePlan, family: FamilyPlan): string {
  const tunnel = programsTunnels(plan.programs) ? '' : ' || (ifname ~ "tunl0")';
  const passes = (net: string): string => `if ( net ~ ${net} ) then { accept; }`;
  return `${block('function reject_local_routes ()', [
    'if (defined(ifname)) then { if (ifname ~ "bpf*.cali") then { reject; } }',
  ])}

${block('function calico_export_to_bgp_peers(bool internal_peer)', [
  ...family.pools
    .filter((pool) => !pool.exported)
    .map(({ cidr }) => `if (net ~ ${formatPrefix(cidr)}) then { reject; } # BGP export is disabled.`),
  `if (internal_peer) then { if (defined(ifname)) then { if ((ifname ~ "*.cali") || (ifname ~ "*.calico")${tunnel}) then { reject; } } }`,
  'reject_local_routes();',
  'apply_communities();',
  'calico_aggr();',
  ...family.announced.map((prefix) => passes(formatPrefix(prefix))),
  ...family.reflected.map((prefix) => passes(formatPrefix(prefix))),
  ...family.pools
    .filter((pool) => pool.exported)
    .map(({ cidr }) => `if (net ~ ${formatPrefix(cidr)}) then { accept; }`),
])}
`;
}

function kernelFilter(family: FamilyPlan): string {
  const priority = family.normalPriority;
  return `${block('filter calico_kernel_programming', [
    ...family.rejected.map((prefix) => `if ( net ~ ${formatPrefix(prefix)} ) then { reject; }`),
    'if (defined(source) && (source = RTS_BGP) && !defined(krt_metric)) then {',
    `  krt_metric = ${priority};`,
    `  if (defined(bgp_local_pref)) then { krt_metric = ${PIVOT} - bgp_local_pref; }`,
    `  if (krt_metric < ${priority}) then { preference = 200; }`,
    '}',
    ...family.wireguardPeers.map(
      (address) => `if (defined(bgp_next_hop) && bgp_next_hop = ${address}) then { reject; } # WireGuard`,
    ),
    ...family.pools.flatMap((pool) => poolRule(family, pool)),
    'accept;',
  ])}
`;
}

function poolRule({ version, network }: FamilyPlan, { cidr, rule }: PoolPlan): readonly string[] {
  const net = formatPrefix(cidr);
  // Without its own network a node cannot tell what is across subnets; Calico leaves all of these out then.
  if (version === 4 && network === undefined) return [];
  switch (rule) {
    case 'vxlan':
      return [`if (net ~ ${net}) then { reject; } # VXLAN routes are handled by Felix.`];
    case 'felix':
      return [`if (net ~ ${net}) then { reject; } # Cluster routes are handled by Felix.`];
    case 'accept':
      return version === 6 ? [] : [`if (net ~ ${net}) then { accept; }`];
    case 'tunnel':
      return [`if (net ~ ${net}) then { krt_tunnel="tunl0"; accept; }`];
    case 'tunnel-across-subnets':
      return [
        `if (net ~ ${net}) then {`,
        `  if (defined(bgp_next_hop)&&(bgp_next_hop ~ ${formatPrefix(network!)})) then krt_tunnel=""; else krt_tunnel="tunl0";`,
        '  accept;',
        '}',
      ];
  }
}
