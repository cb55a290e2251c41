/**
 * A protocol or template while it is read. A draft knows what was written and where; the `finish` of its kind fills in
 * the defaults, checks the result and turns it into the model.
 */
import type { ProtocolBase } from '../model.ts';
import type { ConfigSymbol } from '../scope.ts';
import type { Token } from '../syntax/token.ts';
import type { ChannelDraft } from './channel-draft.ts';
import { DEBUG_MASK, MRTDUMP_MASK } from './masks.ts';
import { OptionBag } from './option-bag.ts';
import { type FieldTable, fillOptions, type OptionStatement, option, value } from './option-table.ts';
import { ID, readNumber, readText, SWITCH, TEXT } from './values.ts';

/** Options that every protocol has. */
export interface CommonOptions {
  readonly description: string | undefined;
  readonly disabled: boolean;
  /** `undefined`: as `debug protocols` said when the protocol began. */
  readonly debug: number | undefined;
  readonly mrtdump: number | undefined;
  readonly routerId: number | undefined;
  readonly vrf: string | undefined;
}

export const COMMON_FIELDS: FieldTable<CommonOptions> = {
  description: option<string | undefined>(undefined, 'nothing', 'description', TEXT, 'shown by `show protocols all`'),
  disabled: option<boolean>(false, 'update', 'disabled', SWITCH, 'do not start the protocol'),
  debug: option<number | undefined>(undefined, 'nothing', 'debug', DEBUG_MASK, 'what to trace', {
    defaultText: '`debug protocols`',
  }),
  mrtdump: option<number | undefined>(undefined, 'nothing', 'mrtdump', MRTDUMP_MASK, 'what goes to the MRT dump file', {
    defaultText: '`mrtdump protocols`',
    activity: 'inactive',
  }),
  routerId: option<number | undefined>(undefined, 'restart', 'router id', ID, 'BGP Identifier of this protocol alone', {
    defaultText: 'that of the daemon',
  }),
  vrf: value<string | undefined>(undefined, 'restart'),
};

/** Statements of every protocol that are more than one value. */
export function commonStatements<T extends CommonOptions>(): OptionStatement<T>[] {
  return [
    {
      words: ['vrf'],
      only: 'bird2',
      syntax: 'vrf "<name>" | default',
      about: 'bind to a VRF device; `default` is the main one',
      defaultText: 'no binding',
      activity: 'active',
      cost: 'restart',
      read: (context, bag, at) => {
        const name = context.stream.acceptWords('default') ? undefined : readText(context);
        (bag as unknown as OptionBag<CommonOptions>).set('vrf', name, at);
      },
    },
    {
      words: ['hostname'],
      only: 'bird2',
      syntax: 'hostname "<name>"',
      about: 'host name in this protocol; the one of the daemon is used everywhere',
      defaultText: 'that of the daemon',
      activity: 'inactive',
      cost: 'nothing',
      read: (context) => void readText(context),
    },
    {
      words: ['restart', 'time', 'limit'],
      only: 'bird2',
      syntax: 'restart time limit <seconds>',
      about: 'how long BIRD waits for its threads; there is nothing to wait for here',
      defaultText: '-',
      activity: 'moot',
      cost: 'nothing',
      read: (context) => void readNumber(context),
    },
    {
      words: ['thread', 'group'],
      only: 'bird2',
      syntax: 'thread group <name>',
      about: 'placement among the threads of BIRD 3',
      defaultText: '-',
      activity: 'moot',
      cost: 'nothing',
      read: ({ stream }) => void stream.next(),
    },
  ];
}

/** Masks that hold where a protocol begins. */
export interface DraftDefaults {
  readonly debug: number;
  readonly channelDebug: number;
  readonly mrtdump: number;
}

export class ProtocolDraft {
  /** The protocol's word: `bgp`. */
  readonly kind: string;
  readonly isTemplate: boolean;
  readonly name: string;
  /** The name was made up (`bgp1`). */
  readonly unnamed: boolean;
  /** The name, or the protocol's word where there is none. */
  readonly token: Token;
  readonly defaults: DraftDefaults;
  readonly channels: ChannelDraft[] = [];
  /** Something in it was wrong: what is made from it would only be wrong again. */
  isBroken = false;
  private readonly bag = new OptionBag<CommonOptions>();

  constructor(
    kind: string,
    isTemplate: boolean,
    name: { readonly text: string; readonly unnamed: boolean; readonly token: Token },
    defaults: DraftDefaults,
  ) {
    this.kind = kind;
    this.isTemplate = isTemplate;
    this.name = name.text;
    this.unnamed = name.unnamed;
    this.token = name.token;
    this.defaults = defaults;
  }

  /** The options, typed as the kind of this protocol knows them. */
  options<T extends object>(): OptionBag<T> {
    return this.bag as unknown as OptionBag<T>;
  }

  /** Where an option was written, or the protocol's name if nowhere. */
  place<T extends object>(key: keyof T): Token {
    return this.options<T>().place(key) ?? this.token;
  }

  /** The protocol has this channel and no other. */
  setOnlyChannel(channel: ChannelDraft): void {
    this.channels.splice(0, this.channels.length, channel);
  }

  /** `from`: everything that was written there, as if it stood here first. */
  copyFrom(other: ProtocolDraft): void {
    this.bag.copyFrom(other.bag);
    for (const channel of other.channels) this.channels.push(channel.inherited());
    if (other.isBroken) this.isBroken = true;
  }
}

/** The draft of a symbol of kind `protocol` or `template`. */
export function draftOf(symbol: ConfigSymbol): ProtocolDraft {
  return symbol.definition as ProtocolDraft;
}

/** What all protocols have in the model. */
export function finishBase(draft: ProtocolDraft): ProtocolBase {
  const options = fillOptions(COMMON_FIELDS, draft.options<CommonOptions>());
  return {
    ...options,
    name: draft.name,
    unnamed: draft.unnamed,
    debug: options.debug ?? draft.defaults.debug,
    mrtdump: options.mrtdump ?? draft.defaults.mrtdump,
    place: draft.token.source.place(draft.token.start),
  };
}
