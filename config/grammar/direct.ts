/**
 * protocol direct: routes to the networks of the interfaces.
 *
 *     interface := 'interface' patterns
 */
import type { ChannelConfig, DirectConfig, InterfacePattern } from '../model.ts';
import { CHANNEL_STATEMENTS, channelTable, finishChannel, plainChannelTypes } from './channel.ts';
import { readInterfacePatterns } from './interfaces.ts';
import { fillOptions, option, Statements, value } from './option-table.ts';
import type { ProtocolKind } from './protocol.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements, finishBase } from './protocol-draft.ts';
import { SWITCH } from './values.ts';

export interface DirectOptions extends CommonOptions {
  readonly interfaces: InterfacePattern[];
  readonly checkLink: boolean;
}

const PREFERENCE = 240;

export const DIRECT_STATEMENTS = new Statements<DirectOptions>(
  {
    ...COMMON_FIELDS,
    interfaces: value<InterfacePattern[]>([], 'restart'),
    checkLink: option<boolean>(
      false,
      'update',
      'check link',
      SWITCH,
      'no route while the link of the interface is down',
    ),
  },
  [
    {
      words: ['interface'],
      syntax: 'interface "<pattern>" | <network> | "<pattern>" <network>, ...',
      about: 'which interfaces and addresses count; the first item that matches decides, `-` in front excludes',
      defaultText: 'all',
      activity: 'active',
      cost: 'restart',
      read: (context, bag, at) => {
        bag.set('interfaces', [...(bag.get('interfaces') ?? []), ...readInterfacePatterns(context)], at);
      },
    },
    ...commonStatements<DirectOptions>(),
  ],
);

export const DIRECT: ProtocolKind = {
  word: 'direct',
  statements: DIRECT_STATEMENTS,
  channels: { types: plainChannelTypes('ipv4', 'ipv6', 'ipv6 sadr'), statements: CHANNEL_STATEMENTS, single: false },
  finish: (context, draft): DirectConfig | undefined => {
    const { interfaces, checkLink } = fillOptions(DIRECT_STATEMENTS.fields, draft.options<DirectOptions>());
    const channels: ChannelConfig[] = [];
    for (const channel of draft.channels) {
      const table = channelTable(context, channel);
      if (table === undefined) return undefined;
      const { family, words } = channel.type;
      if (family === undefined) context.notes.inactive(`channel ${words} of ${draft.name}`, channel.token);
      else {
        const defaults = { preference: PREFERENCE, debug: draft.defaults.channelDebug };
        channels.push(finishChannel(channel, family, table, defaults));
      }
    }
    return { ...finishBase(draft), kind: 'direct', channels, interfaces, checkLink };
  },
};
