/**
 * What else a daemon has to do while it is under load, in a process of its own: keep twenty sessions with a hold time of
 * three seconds alive, and answer `show status`. Prints what it saw when its standard input ends.
 */
import { connect } from 'node:net';
import { quantile } from './accounting.ts';
import { Speaker } from './speaker.ts';

export interface ObserverOrder {
  readonly target: string;
  readonly peers: readonly { readonly address: string; readonly as: number }[];
  /** Where the daemon answers birdc; `undefined`: it does not. */
  readonly controlSocket: string | undefined;
}

export interface Observed {
  /** Sessions that were lost. */
  readonly lost: number;
  /** Longest time that a session heard nothing, seconds. */
  readonly longestSilence: number;
  /** Answers to `show status`, milliseconds. */
  readonly answers: number;
  readonly answerP99Ms: number;
  readonly answerMaxMs: number;
}

const HOLD_SECONDS = 3;
const ASK_EVERY_MS = 10;

async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? '{}') as ObserverOrder;
  const speakers = order.peers.map(
    (peer) =>
      new Speaker({ remoteAddress: order.target, localAddress: peer.address, as: peer.as, holdTime: HOLD_SECONDS }),
  );
  await Promise.all(speakers.map((speaker) => speaker.connect()));
  const times: number[] = [];
  if (order.controlSocket !== undefined) void ask(order.controlSocket, times);
  process.stdin.on('data', (line: Buffer) => {
    if (line.toString().startsWith('clear')) times.length = 0;
  });
  process.stdin.on('end', () => {
    const now = performance.now();
    const silences = speakers.map((speaker) => Math.max(speaker.longestSilenceMs, now - speaker.lastHeardAt));
    const observed: Observed = {
      lost: speakers.filter((speaker) => speaker.closed).length,
      longestSilence: Math.max(...silences) / 1000,
      answers: times.length,
      answerP99Ms: quantile(times, 0.99),
      answerMaxMs: times.reduce((worst, time) => Math.max(worst, time), 0),
    };
    process.stdout.write(`${JSON.stringify(observed)}\n`, () => process.exit(0));
  });
  console.log('ready');
}

/** One question after the other; a reply ends with the code of its last line. */
async function ask(path: string, times: number[]): Promise<void> {
  const socket = connect(path);
  let onLine: (line: string) => void = () => {};
  let text = '';
  socket.on('data', (chunk) => {
    const lines = (text + chunk.toString('utf8')).split('\n');
    text = lines.pop()!;
    for (const line of lines) onLine(line);
  });
  socket.on('error', () => {});
  const until = (code: RegExp): Promise<void> =>
    new Promise((resolve) => {
      onLine = (line) => {
        if (code.test(line)) resolve();
      };
    });
  await until(/^0001 /);
  for (;;) {
    const start = performance.now();
    const answered = until(/^(?:0013|[89]\d\d\d) /);
    socket.write('show status\n');
    await answered;
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

void main();
