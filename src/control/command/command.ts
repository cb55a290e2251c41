/**
 * What a parsed request is: something that can be run, as text in BIRD's layout or as JSON. Running is a generator so
 * that it can be long: it yields `undefined` wherever it may be interrupted (the session lets others work, or waits
 * until the client has read), and a promise where it waits for something.
 */
import type { TimeFormat, TimeFormats } from '../../../config/index.ts';
import type { Echo } from '../echo.ts';
import type { Layout } from '../format/layout.ts';
import type { ControlHost } from '../host.ts';
import type { Reply } from '../reply.ts';

export type Run = Generator<Promise<unknown> | undefined, void, void>;

/** What a command may know and change of the session that gave it. */
export interface CommandContext {
  readonly host: ControlHost;
  readonly layout: Layout;
  /** What stands after `BIRD ` in the greeting and in `show status`. */
  readonly version: string;
  readonly echo: Echo;
  /** Only harmless commands from now on. */
  restrict(): void;
  readonly restricted: boolean;
  /** `timeformat` of this session; `undefined` as long as the configuration's is used. */
  ownTimeFormat: TimeFormat | undefined;
  /** One line outside of any reply. */
  tell(text: string): void;
  /** The client is done with us. */
  hangUp(): void;
}

/** A request that is understood and cannot be done; the reply is this one line. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export interface Command {
  /** May be used in a restricted session. */
  readonly harmless: boolean;
  /** `undefined`: it was done at once. */
  run(context: CommandContext, reply: Reply): Run | undefined;
  /** Structured form; where it is missing the lines of `run` are wrapped one by one. */
  json?(context: CommandContext, reply: Reply): Run | undefined;
}

/** A command that is done at once. */
export function immediate(harmless: boolean, act: (context: CommandContext, reply: Reply) => void): Command {
  return {
    harmless,
    run: (context, reply) => {
      act(context, reply);
      return undefined;
    },
  };
}

export function timeFormat(context: CommandContext, use: keyof TimeFormats): TimeFormat {
  return context.ownTimeFormat ?? context.host.config.timeFormats[use];
}
