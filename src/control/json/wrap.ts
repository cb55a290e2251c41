/**
 * The structured form of any command (`json COMMAND`, beyond BIRD). Commands that show views have one of their own;
 * the lines of the others are wrapped as `{"code": 9, "text": "p1: disabled"}`.
 *
 *     1900-{...}     one element of a list, one line each, as many as there are
 *     1901-{...}     or one document
 *     0000           then the end; errors end the reply with their usual code and text
 */
import type { Command } from '../command/command.ts';
import { Code } from '../format/lines.ts';
import type { Reply } from '../reply.ts';
import { element } from './views.ts';

/** From here on codes mean that something went wrong. */
const FIRST_ERROR = 8000;

export function jsonForm(command: Command): Command {
  const json = command.json?.bind(command);
  return {
    harmless: command.harmless,
    run: json ?? ((context, reply) => command.run(context, wrapLines(reply))),
  };
}

function wrapLines(reply: Reply): Reply {
  return {
    line: (code, text) => element(reply, { code, text }),
    end(code, text = '') {
      if (code >= FIRST_ERROR) return reply.end(code, text);
      if (text !== '') element(reply, { code, text });
      reply.end(Code.Ok);
    },
  };
}
