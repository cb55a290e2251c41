/**
 * How generated code reads, writes, tests and removes an attribute: JavaScript over the evaluation `c`, its route `r`
 * and its attributes `a`, by where the attribute lives.
 */
import type { AttributeDefinition, RouteField } from './attributes.ts';
import { listIndex } from './evaluation.ts';
import { isNumeric, type Type } from './types.ts';

export function readText({ place, type }: AttributeDefinition): string {
  switch (place.in) {
    case 'route':
      return FIELD_TEXTS[place.field];
    case 'number':
      return `a.u32(${place.code})`;
    case 'list':
      return `c.list(${listIndex(place.code)})`;
    case 'path':
      return 'c.path()';
    case 'next hop':
      return 'c.nextHop()';
    case 'octets':
      return `c.octets(${place.code})`;
    case 'extension':
      return isNumeric(type) ? `a.extensionU32(${place.id})` : `c.get${extensionForm(type)}(${place.id})`;
    case 'extension bit':
      return `c.extensionBit(${place.id}, ${place.bit})`;
  }
}

/** The statement that writes `x`; `mayFail`: it can end the run. */
export function writeText(
  { place, type }: AttributeDefinition,
  x: string,
  line: number,
): { readonly text: string; readonly mayFail: boolean } {
  const sure = (text: string): { text: string; mayFail: boolean } => ({ text, mayFail: false });
  switch (place.in) {
    case 'route': {
      const setter = SETTERS[place.field];
      if (setter !== undefined) return sure(`${setter(x)};`);
      return { text: `c.${FAILING_SETTERS[place.field]}(${line}, ${x});`, mayFail: true };
    }
    case 'number':
      return sure(`a.setU32(${place.code}, ${x});`);
    case 'list':
      return sure(`c.setList(${listIndex(place.code)}, ${x});`);
    case 'path':
      return sure(`c.setPath(${x});`);
    case 'next hop':
      return sure(`c.setNextHop(${x});`);
    case 'octets':
      return sure(`c.setOctets(${place.code}, ${x});`);
    case 'extension':
      if (isNumeric(type)) return sure(`a.setExtensionU32(${place.id}, ${x});`);
      return sure(`c.set${extensionForm(type)}(${place.id}, ${x});`);
    case 'extension bit':
      return sure(`c.setExtensionBit(${place.id}, ${place.bit}, ${x});`);
  }
}

export function unsetText({ place }: AttributeDefinition): string {
  switch (place.in) {
    case 'list':
      return `c.unsetList(${listIndex(place.code)});`;
    case 'path':
      return 'c.unsetPath();';
    case 'next hop':
      return 'a.unset(3);';
    case 'extension':
      return `a.unsetExtension(${place.id});`;
    case 'extension bit':
      return `c.setExtensionBit(${place.id}, ${place.bit}, false);`;
    case 'number':
    case 'octets':
      return `a.unset(${place.code});`;
    case 'route':
      return '';
  }
}

/** A condition: the route carries it. */
export function definedText({ place, type }: AttributeDefinition): string {
  switch (place.in) {
    case 'route':
      return 'true';
    case 'number':
      return `(a.u32(${place.code}) >= 0)`;
    case 'list':
      return `c.hasList(${listIndex(place.code)})`;
    case 'path':
      return 'c.hasPath()';
    case 'next hop':
      return 'a.has(3)';
    case 'octets':
      return `a.has(${place.code})`;
    case 'extension':
      return isNumeric(type) ? `(a.extensionU32(${place.id}) >= 0)` : `c.hasExtension(${place.id})`;
    case 'extension bit':
      return `(c.extensionBit(${place.id}, ${place.bit}) !== undefined)`;
  }
}

/** Suffix of the accessors of `Evaluation` for extension attributes of a type. */
function extensionForm(type: Type): string {
  switch (type.kind) {
    case 'ip':
      return 'ExtensionIp';
    case 'string':
      return 'ExtensionText';
    case 'bgppath':
      return 'ExtensionPath';
    case 'clist':
    case 'eclist':
    case 'lclist':
      return 'ExtensionList';
    default:
      return 'ExtensionOctets';
  }
}

const FIELD_TEXTS: Readonly<Record<RouteField, string>> = {
  net: 'c.net()',
  proto: 'r.protocol',
  source: 'r.source',
  from: 'c.from()',
  gw: 'c.gateway()',
  dest: 'c.destination()',
  ifname: 'c.interfaceName()',
  ifindex: 'c.interfaceIndex()',
  scope: 'r.scope',
  preference: 'r.preference',
  weight: 'c.weight()',
  onlink: 'c.onlink()',
  'source of 1': 'c.sourceOf1()',
  'gw of 1': 'c.onlyGateway()',
  'dest of 1': 'c.destinationOf1()',
  'ifname of 1': 'c.onlyInterfaceName()',
  cast: '0',
};

/** Fields that take every value of their type. */
const SETTERS: { readonly [field in RouteField]?: (x: string) => string } = {
  from: (x) => `c.setFrom(${x})`,
  scope: (x) => `r.scope = ${x}`,
  onlink: (x) => `c.setOnlink(${x})`,
};

/** Methods of `Evaluation` that can refuse the value. */
const FAILING_SETTERS: { readonly [field in RouteField]?: string } = {
  gw: 'setGateway',
  dest: 'setDestination',
  ifname: 'setInterface',
  'gw of 1': 'setGateway',
  'dest of 1': 'setDestination',
  'ifname of 1': 'setInterface',
  preference: 'setPreference',
  weight: 'setWeight',
};
