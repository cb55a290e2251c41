/** A channel while it is read. */
import type { FamilyName } from '../../bgp/index.ts';
import type { Token } from '../syntax/token.ts';
import type { NetTypeName } from '../table-definition.ts';
import { OptionBag } from './option-bag.ts';

/** A kind of channel: its words, and the tables that it can be connected with. */
export interface ChannelType {
  /** As written; also its name in messages. */
  readonly words: string;
  /** As `show protocols all` names it: `ipv4-mc`. */
  readonly label: string;
  readonly net: NetTypeName;
  /** The family that is routed; `undefined`: read and checked, but no routes flow. */
  readonly family: FamilyName | undefined;
}

export class ChannelDraft {
  readonly type: ChannelType;
  /** The first word of the channel. */
  readonly token: Token;
  /** It came from a template and may be opened again. */
  readonly isInherited: boolean;
  private readonly bag = new OptionBag<object>();

  constructor(type: ChannelType, token: Token, isInherited = false) {
    this.type = type;
    this.token = token;
    this.isInherited = isInherited;
  }

  /** The options, typed as the protocol's channels know them. */
  options<T extends object>(): OptionBag<T> {
    return this.bag as unknown as OptionBag<T>;
  }

  inherited(): ChannelDraft {
    return this.reopened(this.token, true);
  }

  /** The same options at another place. */
  reopened(token: Token, isInherited = false): ChannelDraft {
    const copy = new ChannelDraft(this.type, token, isInherited);
    copy.bag.copyFrom(this.bag);
    return copy;
  }
}
