/**
 * protocol device: which interfaces exist.
 *
 *     interface := 'interface' names [ '{' { 'preferred' address ';' } '}' ]
 *     primary   := 'primary' [ STRING ] ( address | network )                       (BIRD 1)
 */
import type { Ip, Prefix } from '../../bgp/index.ts';
import type { DeviceConfig, InterfacePattern } from '../model.ts';
import { TokenKind } from '../syntax/token.ts';
import { type ReadContext, readBlock } from './context.ts';
import { readInterfaceNames } from './interfaces.ts';
import { fillOptions, option, Statements, value } from './option-table.ts';
import type { ProtocolKind } from './protocol.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements, finishBase } from './protocol-draft.ts';
import { readIp, readNetworkOrIp, seconds } from './values.ts';

interface DeviceInterface {
  readonly patterns: readonly InterfacePattern[];
  readonly preferred: readonly Ip[];
  readonly networks: readonly Prefix[];
}

export interface DeviceOptions extends CommonOptions {
  readonly scanTime: number;
  readonly interfaces: DeviceInterface[];
}

export const DEVICE_STATEMENTS = new Statements<DeviceOptions>(
  {
    ...COMMON_FIELDS,
    scanTime: option(
      60,
      'update',
      'scan time',
      seconds(),
      'how often all interfaces are read again; 0: only at the start',
    ),
    interfaces: value<DeviceInterface[]>([], 'update'),
  },
  [
    {
      words: ['interface'],
      only: 'bird2',
      syntax: 'interface "<pattern>", ... [{ preferred <address>; ... }]',
      about: 'which address of the interface is its preferred one',
      defaultText: 'the first of each kind',
      activity: 'active',
      cost: 'update',
      read: (context, bag, at) => {
        const item = readDeviceInterface(context);
        bag.set('interfaces', [...(bag.get('interfaces') ?? []), item], at);
      },
    },
    {
      words: ['primary'],
      only: 'bird1',
      syntax: 'primary ["<pattern>"] <address or network>',
      about: 'which address of the interface is its preferred one',
      defaultText: 'the first',
      activity: 'active',
      cost: 'update',
      read: (context, bag, at) => {
        const glob = context.stream.atKind(TokenKind.Text) ? context.stream.next().text : undefined;
        const patterns = [{ negative: false, glob, prefix: undefined }];
        const item = { patterns, preferred: [], networks: [readNetworkOrIp(context)] };
        bag.set('interfaces', [...(bag.get('interfaces') ?? []), item], at);
      },
    },
    ...commonStatements<DeviceOptions>(),
  ],
);

function readDeviceInterface(context: ReadContext): DeviceInterface {
  const patterns = readInterfaceNames(context);
  const preferred: Ip[] = [];
  if (context.stream.atPunct('{')) {
    readBlock(context, () => {
      context.stream.expectWord('preferred');
      preferred.push(readIp(context));
    });
  }
  return { patterns, preferred, networks: [] };
}

export const DEVICE: ProtocolKind = {
  word: 'device',
  statements: DEVICE_STATEMENTS,
  channels: undefined,
  finish: (_context, draft): DeviceConfig => {
    const { scanTime, interfaces } = fillOptions(DEVICE_STATEMENTS.fields, draft.options<DeviceOptions>());
    return { ...finishBase(draft), kind: 'device', scanTime, interfaces };
  },
};
