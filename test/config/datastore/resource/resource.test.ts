/** Resources are read by type and range; what is wrong is named by its path, and harms nothing but itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  canonicalText,
  idText,
  KINDS,
  kindNamed,
  loadManifests,
  parseJson,
  readResource,
} from '../../../../config/index.ts';

const { readManifest, writeManifest } = await loadManifests();

/** The one resource in a manifest. */
function read(text: string): ReturnType<typeof readResource> {
  const { items, faults } = readManifest(text);
  assert.deepEqual(faults, []);
  assert.equal(items.length, 1);
  return readResource(items[0]!.value);
}

function errors(text: string): string[] {
  return read(text).problems.flatMap(({ severity, path, message }) =>
    severity === 'error' ? [`${path}: ${message}`] : [],
  );
}

function warnings(text: string): string[] {
  return read(text).problems.flatMap(({ severity, path, message }) =>
    severity === 'warning' ? [`${path}: ${message}`] : [],
  );
}

const calico = (kind: string, spec: string, name = 'x'): string =>
  `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata:\n  name: ${name}\nspec:\n${spec.replace(/^/gm, '  ')}\n`;

describe('nodes', () => {
  it('reads the Calico form', () => {
    const { resource } = read(`
apiVersion: projectcalico.org/v3
kind: Node
metadata:
  name: node-1
  labels: { rack: "1" }
  annotations:
    projectcalico.org/kube-labels: '{"kubernetes.io/os":"linux","rack":"hidden by the own label"}'
spec:
  bgp:
    ipv4Address: 172.16.1.5/24
    ipv6Address: fd00:1::5/64
    asNumber: "1.10"
    routeReflectorClusterID: 10.0.0.1
    ipv4IPIPTunnelAddr: 10.65.0.1
  wireguard:
    interfaceIPv4Address: 10.65.0.9
`);
    assert.ok(resource?.kind === 'Node');
    assert.equal(resource.ipv4?.address, '172.16.1.5');
    assert.equal(resource.ipv4?.network.length, 24);
    assert.equal(resource.ipv6?.address, 'fd00:1::5');
    assert.equal(resource.asNumber, 65546);
    assert.equal(resource.clusterId, '10.0.0.1');
    assert.equal(resource.wireguard4, '10.65.0.9');
    assert.deepEqual([...resource.labels].sort(), [
      ['kubernetes.io/os', 'linux'],
      ['rack', '1'],
    ]);
  });

  it('reads the Kubernetes form with Calico annotations', () => {
    const { resource } = read(`
apiVersion: v1
kind: Node
metadata:
  name: node-1
  annotations:
    projectcalico.org/IPv4Address: 172.16.1.5/24
    projectcalico.org/ASNumber: "64513"
    projectcalico.org/RouteReflectorClusterID: 10.0.0.2
    projectcalico.org/IPv6WireguardInterfaceAddr: fd00::7
spec: { podCIDR: 10.1.0.0/24, podCIDRs: [10.1.0.0/24, "fd00:2::/64"] }
status:
  addresses: [{ type: InternalIP, address: 172.16.1.5 }, { type: Hostname, address: node-1 }]
`);
    assert.ok(resource?.kind === 'Node');
    assert.equal(resource.ipv4?.address, '172.16.1.5');
    assert.equal(resource.asNumber, 64513);
    assert.equal(resource.clusterId, '10.0.0.2');
    assert.equal(resource.wireguard6, 'fd00::7');
    assert.equal(resource.podCidrs.length, 2);
    assert.deepEqual(resource.internalAddresses, ['172.16.1.5']);
  });

  it('refuses addresses of the wrong family, AS numbers and cluster ids that are none', () => {
    assert.deepEqual(
      errors(
        calico('Node', 'bgp: { ipv4Address: "fd00::1/64", asNumber: 4294967296, routeReflectorClusterID: "::1" }'),
      ),
      [
        'spec.bgp.ipv4Address: "fd00::1/64" is not an IPv4 address',
        'spec.bgp.asNumber: must be an AS number from 0 to 4294967295',
        'spec.bgp.routeReflectorClusterID: must have the form of an IPv4 address',
      ],
    );
  });
});

describe('BGPPeer', () => {
  it('reads every field', () => {
    const { resource, problems } = read(
      calico(
        'BGPPeer',
        `nodeSelector: has(rack)
peerIP: "[fd00::1]:1790"
asNumber: 65001
localASNumber: 65002
password: { secretKeyRef: { name: secrets, key: peer } }
sourceAddress: None
maxRestartTime: 1m30s
keepaliveTime: 20s
nextHopMode: Keep
numAllowedLocalASNumbers: 2
ttlSecurity: 3
reachableBy: fd00::9
filters: [a, b]
reversePeering: Manual`,
      ),
    );
    assert.deepEqual(problems, []);
    assert.ok(resource?.kind === 'BGPPeer');
    const { nodeSelector, ...rest } = resource;
    assert.equal(nodeSelector?.toString(), 'has(rack)');
    assert.deepEqual(rest, {
      kind: 'BGPPeer',
      name: 'x',
      node: undefined,
      peerIp: 'fd00::1',
      peerPort: 1790,
      peerSelector: undefined,
      localWorkloadSelector: undefined,
      asNumber: 65001,
      localAsNumber: 65002,
      password: { name: 'secrets', key: 'peer' },
      useNodeIp: false,
      maxRestartTime: 90,
      keepaliveTime: 20,
      keepOriginalNextHop: false,
      nextHopMode: 'Keep',
      numAllowedLocalAsNumbers: 2,
      ttlSecurity: 3,
      reachableBy: 'fd00::9',
      filters: ['a', 'b'],
      reversePeering: false,
    });
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['peerIP: 10.0.0.1:0\nasNumber: 1', 'spec.peerIP: port 0 is not from 1 to 65535'],
    ['peerIP: 10.0.0.1:99999', 'spec.peerIP: port 99999 is not from 1 to 65535'],
    ['peerIP: fd00::1:x', 'spec.peerIP: "fd00::1:x" is not an address, address:port or [address]:port'],
    ['peerIP: "[10.0.0.1]:179"', 'spec.peerIP: "[10.0.0.1]:179" is not an address, address:port or [address]:port'],
    ['asNumber: 1', 'spec.peerIP: one of peerIP, peerSelector and localWorkloadSelector is needed'],
    ['peerIP: 10.0.0.1\npeerSelector: all()', 'spec.peerSelector: cannot stand beside peerIP'],
    ['node: a\nnodeSelector: all()\npeerIP: 10.0.0.1', 'spec.nodeSelector: cannot stand beside node'],
    [
      'peerSelector: all()\nasNumber: 5',
      'spec.asNumber: cannot stand beside peerSelector: nodes have an AS of their own',
    ],
    [
      'peerIP: 10.0.0.1\nkeepOriginalNextHop: true\nnextHopMode: Self',
      'spec.nextHopMode: cannot stand beside keepOriginalNextHop',
    ],
    ['peerIP: 10.0.0.1\nreachableBy: fd00::1', 'spec.reachableBy: must be of the same family as peerIP'],
    ['peerIP: 10.0.0.1\nttlSecurity: 256', 'spec.ttlSecurity: must be from 0 to 255, not 256'],
    ['peerIP: 10.0.0.1\nttlSecurity: 1.5', 'spec.ttlSecurity: must be an integer'],
    ['peerIP: 10.0.0.1\nmaxRestartTime: soon', 'spec.maxRestartTime: "soon" is not a duration such as 90s or 1m30s'],
    [
      'peerSelector: "rack = 1"',
      'spec.peerSelector: is not a selector: expected an operator behind the label rack at character 6',
    ],
    ['peerIP: 10.0.0.1\nfilters: [UPPER]', "spec.filters[0]: must be made of lower-case letters, digits, '-' and '.'"],
    ['peerIP: 10.0.0.1\nnextHopMode: Mine', 'spec.nextHopMode: must be one of Auto, Self, Keep, not "Mine"'],
  ];
  for (const [spec, message] of wrong) {
    it(message, () => {
      assert.deepEqual(errors(calico('BGPPeer', spec)), [message]);
    });
  }

  it('warns of fields that it does not know', () => {
    assert.deepEqual(warnings(calico('BGPPeer', 'peerIP: 10.0.0.1\nasnumber: 5')), ['spec.asnumber: unknown field']);
  });
});

describe('BGPFilter', () => {
  it('reads every part of a rule', () => {
    const { resource, problems } = read(
      calico(
        'BGPFilter',
        `importV4:
- action: Accept
  cidr: 10.0.0.0/8
  matchOperator: In
  prefixLength: { min: 16, max: 28 }
  source: RemotePeers
  interface: "eth*"
  communities: { values: ["65010:7"] }
  asPathPrefix: [65020, "1.2"]
  priority: 512
  peerType: eBGP
  operations:
  - addCommunity: { value: "1:2:3" }
  - prependASPath: { prefix: [65001, 65002] }
  - setPriority: { value: 100 }
exportV6:
- { action: Reject, cidr: "fd00::/8", matchOperator: NotEqual }`,
      ),
    );
    assert.deepEqual(problems, []);
    assert.ok(resource?.kind === 'BGPFilter');
    const [rule] = resource.import4;
    assert.deepEqual(rule?.operations, [
      { op: 'addCommunity', community: { kind: 'large', parts: [1, 2, 3] } },
      { op: 'prependAsPath', numbers: [65001, 65002] },
      { op: 'setPriority', priority: 100 },
    ]);
    assert.deepEqual(rule?.asPathPrefix, [65020, 65538]);
    assert.deepEqual(rule?.net?.lengths, { min: 16, max: 28 });
    assert.equal(resource.export6[0]?.net?.operator, 'NotEqual');
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['action: Maybe', 'spec.importV4[0].action: must be one of Accept, Reject, not "Maybe"'],
    ['cidr: 10.0.0.0/8\n  matchOperator: In', 'spec.importV4[0].action: is missing'],
    ['action: Accept\n  cidr: 10.0.0.0/8', 'spec.importV4[0].matchOperator: is needed beside cidr'],
    ['action: Accept\n  matchOperator: In', 'spec.importV4[0].cidr: is needed beside matchOperator'],
    [
      'action: Accept\n  cidr: 10.0.0.1/8\n  matchOperator: In',
      'spec.importV4[0].cidr: "10.0.0.1/8" has bits set beyond its length',
    ],
    ['action: Accept\n  cidr: "fd00::/8"\n  matchOperator: In', 'spec.importV4[0].cidr: must be an IPv4 network'],
    [
      'action: Accept\n  cidr: 10.0.0.0/16\n  matchOperator: In\n  prefixLength: { max: 8 }',
      'spec.importV4[0].prefixLength.max: no length is from 16 to 8 (the network is 10.0.0.0/16)',
    ],
    [
      'action: Accept\n  communities: { values: ["70000:1"] }',
      'spec.importV4[0].communities.values[0]: "70000:1" is not a community such as 65000:100 or 65000:1:2',
    ],
    [
      'action: Accept\n  communities: { values: ["1:1", "1:2"] }',
      'spec.importV4[0].communities.values: must hold exactly one community',
    ],
    [
      'action: Reject\n  operations: [{ setPriority: { value: 1 } }]',
      'spec.importV4[0].operations: can only stand beside action Accept',
    ],
    [
      'action: Accept\n  operations: [{ setPriority: { value: 1 }, addCommunity: { value: "1:1" } }]',
      'spec.importV4[0].operations[0].setPriority: exactly one of addCommunity, prependASPath and setPriority must be set',
    ],
    [
      "action: Accept\n  interface: 'eth\"; accept; #'",
      'spec.importV4[0].interface: has characters that no interface pattern has',
    ],
    [
      'action: Accept\n  priority: 2147483647',
      'spec.importV4[0].priority: must be from 1 to 2147483646, not 2147483647',
    ],
  ];
  for (const [rule, message] of wrong) {
    it(message, () => {
      assert.deepEqual(errors(calico('BGPFilter', `importV4:\n- ${rule}`)), [message]);
    });
  }
});

describe('the other kinds', () => {
  it('reads BGPConfiguration', () => {
    const { resource, problems } = read(
      calico(
        'BGPConfiguration',
        `logSeverityScreen: Info
nodeToNodeMeshEnabled: false
asNumber: 64513
listenPort: 178
bindMode: NodeIP
nodeMeshPassword: { secretKeyRef: { name: s, key: k } }
nodeMeshMaxRestartTime: 120s
communities: [{ name: mine, value: "65000:1" }]
prefixAdvertisements: [{ cidr: 10.0.0.0/8, communities: [mine, "1:2:3"] }]
serviceClusterIPs: [{ cidr: 10.96.0.0/12 }]
serviceExternalIPs: [{ cidr: 192.0.2.1/32 }]
serviceLoadBalancerIPs: [{ cidr: "fd00:5::/64" }]
serviceLoadBalancerAggregation: Disabled
ignoredInterfaces: [eth9, "dummy*"]
ipv4NormalRoutePriority: 2000
programClusterRoutes: Enabled`,
      ),
    );
    assert.deepEqual(problems, []);
    assert.ok(resource?.kind === 'BGPConfiguration');
    assert.equal(resource.nodeToNodeMesh, false);
    assert.equal(resource.listenPort, 178);
    assert.equal(resource.nodeMeshMaxRestartTime, 120);
    assert.equal(resource.serviceLoadBalancerAggregation, false);
    assert.deepEqual(resource.ignoredInterfaces, ['eth9', 'dummy*']);
    assert.equal(resource.prefixAdvertisements?.length, 1);
    assert.equal(resource.programClusterRoutes, 'Enabled');
  });

  it('names what is wrong in a BGPConfiguration', () => {
    assert.deepEqual(
      errors(
        calico(
          'BGPConfiguration',
          `listenPort: 0
communities: [{ name: a, value: "1:99999" }]
prefixAdvertisements: [{ cidr: nowhere, communities: ["5:5:5:5"] }]
ignoredInterfaces: ['a"b']
ipv6NormalRoutePriority: 0`,
        ),
      ),
      [
        'spec.communities[0].value: "1:99999" is not a community such as 65000:100 or 65000:1:2',
        'spec.prefixAdvertisements[0].cidr: "nowhere" is not a CIDR',
        'spec.prefixAdvertisements[0].communities[0]: "5:5:5:5" is not a community such as 65000:100 or 65000:1:2',
        'spec.listenPort: must be from 1 to 65535, not 0',
        'spec.ignoredInterfaces[0]: has characters that no interface pattern has',
        'spec.ipv6NormalRoutePriority: must be from 1 to 2147483646, not 0',
      ],
    );
  });

  it('reads pools, and refuses those that cannot be', () => {
    const { resource } = read(
      calico('IPPool', 'cidr: 10.65.0.0/16\nipipMode: CrossSubnet\ndisableBGPExport: true\nblockSize: 26'),
    );
    assert.ok(resource?.kind === 'IPPool');
    assert.equal(resource.ipipMode, 'CrossSubnet');
    assert.equal(resource.vxlanMode, 'Never');
    assert.equal(resource.disableBgpExport, true);
    assert.deepEqual(errors(calico('IPPool', 'cidr: 10.0.0.0/8\nipipMode: Always\nvxlanMode: Always')), [
      'spec.vxlanMode: cannot stand beside ipipMode',
    ]);
    assert.deepEqual(errors(calico('IPPool', 'cidr: "fd00::/64"\nipipMode: Always')), [
      'spec.ipipMode: there is no IPIP for IPv6',
    ]);
    assert.deepEqual(errors(calico('IPPool', 'blockSize: 26')), ['spec.cidr: is missing']);
  });

  it('leaves out affinities that say of themselves that they are gone', () => {
    const text = (deleted: string): string =>
      calico('BlockAffinity', `cidr: 10.65.0.0/26\nnode: a\nstate: confirmed\ndeleted: ${deleted}`);
    assert.equal(read(text('"false"')).resource?.kind, 'BlockAffinity');
    assert.equal(read(text('"true"')).resource, undefined);
    assert.deepEqual(read(text('"true"')).problems, []);
  });

  it('reads services, slices and secrets', () => {
    const service = read(`
apiVersion: v1
kind: Service
metadata: { name: web, namespace: prod }
spec: { type: LoadBalancer, clusterIP: 10.96.0.5, externalIPs: [192.0.2.7], externalTrafficPolicy: Local, ports: [{ port: 80 }] }
status: { loadBalancer: { ingress: [{ ip: 203.0.113.4 }, { hostname: elsewhere }] } }
`).resource;
    assert.ok(service?.kind === 'Service');
    assert.deepEqual(
      [service.clusterIps, service.externalIps, service.loadBalancerIps, service.localTrafficOnly],
      [['10.96.0.5'], ['192.0.2.7'], ['203.0.113.4'], true],
    );
    const slice = read(`
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: prod, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
endpoints:
- { addresses: [10.65.0.4], nodeName: a, conditions: { ready: false } }
- { addresses: [10.65.1.4], nodeName: b }
`).resource;
    assert.ok(slice?.kind === 'EndpointSlice');
    assert.equal(slice.service, 'web');
    assert.deepEqual(slice.endpoints, [
      { ready: false, node: 'a' },
      { ready: true, node: 'b' },
    ]);
    const secret = read(
      '{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: cGFzc3dvcmQ=}, stringData: {b: plain}}',
    );
    assert.ok(secret.resource?.kind === 'Secret');
    assert.equal(secret.resource.namespace, 'default');
    assert.deepEqual(
      [...secret.resource.values],
      [
        ['a', 'password'],
        ['b', 'plain'],
      ],
    );
    const bad = read('{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: "not*base64"}}');
    assert.deepEqual(bad.problems, [{ severity: 'error', path: 'data[a]', message: 'is not base64' }]);
  });

  it('reads who is to report of itself, and never the report', () => {
    const text = calico('CalicoNodeStatus', 'node: a\nclasses: [Routes, Agent]\nupdatePeriodSeconds: 30');
    const { resource, problems } = read(`${text}\nstatus: { lastUpdated: 7, bgp: nonsense }\n`);
    assert.deepEqual(problems, []);
    assert.deepEqual(resource, {
      kind: 'CalicoNodeStatus',
      name: 'x',
      node: 'a',
      classes: ['Agent', 'Routes'],
      periodSeconds: 30,
    });
    const { resource: usual } = read(calico('CalicoNodeStatus', 'node: a\nclasses: [BGP]'));
    assert.ok(usual?.kind === 'CalicoNodeStatus' && usual.periodSeconds === 10);
    assert.deepEqual(errors(calico('CalicoNodeStatus', 'classes: [Bgp]\nupdatePeriodSeconds: 90000')), [
      'spec.node: is missing',
      'spec.classes[0]: must be one of Agent, BGP, Routes',
      'spec.updatePeriodSeconds: must be from 0 to 86400, not 90000',
    ]);
    assert.deepEqual(errors(calico('CalicoNodeStatus', 'node: a')), ['spec.classes: is missing']);
  });

  it('names kinds as command lines do', () => {
    assert.equal(kindNamed('bgppeers')?.kind, 'BGPPeer');
    assert.equal(kindNamed('IpPool')?.kind, 'IPPool');
    assert.equal(kindNamed('pod'), undefined);
  });
});

describe('manifests', () => {
  it('holds documents, lists and lists of one kind', () => {
    const { items, faults } = readManifest(`# several
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: a }
---
---
kind: List
apiVersion: v1
items:
- { kind: IPPool, metadata: { name: b } }
- { kind: NodeList, apiVersion: v1, items: [{ metadata: { name: n } }] }
`);
    assert.deepEqual(faults, []);
    assert.deepEqual(
      items.map(({ value, line }) => [value['kind'], line]),
      [
        ['IPPool', 2],
        ['IPPool', 7],
        ['Node', 7],
      ],
    );
    assert.equal(items[2]!.value['apiVersion'], 'v1');
  });

  it('keeps good documents when one is broken, and says where', () => {
    const { items, faults } = readManifest(
      'kind: IPPool\nmetadata: {name: a}\n---\nkind: [broken\n---\nkind: IPPool\nmetadata: {name: b}\n---\njust text\n',
    );
    assert.equal(items.length, 2);
    assert.equal(faults.length, 2);
    assert.ok(faults[0]!.line >= 4 && faults[0]!.line <= 5, JSON.stringify(faults));
    assert.deepEqual(faults[1], { line: 9, message: 'a resource must be an object' });
  });

  it('stops aliases that multiply', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((c, i) => `${c}: &${c} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(',')}]`)
      .join('\n')}`;
    const { items, faults } = readManifest(bomb);
    assert.equal(items.length, 0);
    assert.equal(faults.length, 1);
  });

  it('keeps names such as __proto__ from touching anything', () => {
    for (const text of [
      '{"kind":"IPPool","metadata":{"name":"a","labels":{"__proto__":"x","constructor":"y"}},"__proto__":{"polluted":true}}',
      'kind: IPPool\nmetadata: { name: a, labels: { __proto__: x, constructor: y } }\n__proto__: { polluted: true }\n',
    ]) {
      const { items } = readManifest(text);
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
      assert.equal(items.length, 1);
      assert.equal(Object.getPrototypeOf(items[0]!.value), null);
      assert.equal((items[0]!.value as Record<string, unknown>)['polluted'], undefined);
    }
    const node = read('{"kind":"Node","apiVersion":"v1","metadata":{"name":"a","labels":{"__proto__":"x"}}}').resource;
    assert.ok(node?.kind === 'Node');
    assert.equal(node.labels.get('__proto__'), 'x');
  });

  it('writes what it can read again', () => {
    const text =
      calico('BGPPeer', 'peerIP: 10.0.0.1\nasNumber: 65000') +
      '---\n' +
      calico('IPPool', 'cidr: 10.0.0.0/8\nipipMode: "Never"');
    const { items } = readManifest(text);
    for (const format of ['yaml', 'json'] as const) {
      const again = readManifest(
        writeManifest(
          items.map((item) => item.value),
          format,
        ),
      ).items;
      assert.deepEqual(
        again.map((item) => canonicalText(item.value)),
        items.map((item) => canonicalText(item.value)),
      );
    }
  });
});

describe('poison', () => {
  it('refuses what is no resource, one by one', () => {
    for (const [text, message] of [
      ['null', ': a resource must be an object'],
      ['[]', ': a resource must be an object'],
      ['{}', 'kind: is missing'],
      ['{"kind":"Pod"}', 'kind: "Pod" is not a kind that is used here'],
      ['{"kind":"IPPool"}', 'metadata: is missing'],
      [
        '{"kind":"IPPool","metadata":{"name":"../x"}}',
        "metadata.name: must be made of lower-case letters, digits, '-' and '.'",
      ],
      [
        '{"kind":"IPPool","apiVersion":"v9","metadata":{"name":"x"}}',
        'apiVersion: must be projectcalico.org/v3 or crd.projectcalico.org/v1, not "v9"',
      ],
      ['{"kind":"IPPool","metadata":{"name":"x"},"spec":7}', 'spec: must be an object'],
    ] as const) {
      const found = readResource(parseJson(text));
      assert.equal(found.resource, undefined);
      const [first] = found.problems;
      assert.equal(`${first?.path}: ${first?.message}`, message);
    }
  });

  it('reads anything at all without a throw', () => {
    const names = fc.constantFrom(
      'kind',
      'metadata',
      'name',
      'spec',
      'cidr',
      'peerIP',
      'importV4',
      'endpoints',
      'bgp',
      '__proto__',
      'data',
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(names, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), value, value, (info, spec, other) => {
        const resource = {
          kind: info.kind,
          metadata: { name: 'x', labels: other },
          spec,
          data: other,
          endpoints: other,
          status: other,
        };
        const read = readResource(parseJson(JSON.stringify(resource)));
        if (read.id !== undefined) assert.match(idText(read.id), /^[A-Za-z]+\//);
        if (read.resource === undefined)
          assert.ok(read.problems.length > 0 || info.kind.startsWith('B') || info.kind === 'IPAMBlock');
      }),
      { seed: 6, numRuns: 2000 },
    );
  });
});
