/**
 * A stream of numbered UDP packets from one host of a lab to another, in processes of their own: what got lost, and
 * when. Run as a program it is one of the two ends.
 */
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { type LabNode, type LabProcess, until } from '../../src/lab/namespace.ts';

export interface StreamResult {
  readonly sent: number;
  readonly received: number;
  /** First numbers that did not arrive, at most a hundred. */
  readonly missing: readonly number[];
}

/** Packets a second. */
const RATE = 1000;
const PORT = 9000;
/** The receiver is told to end so long after the last packet was sent. */
const LAST_MS = 300;

export class Stream {
  readonly #receiver: LabProcess;
  readonly #sender: LabProcess;

  private constructor(receiver: LabProcess, sender: LabProcess) {
    this.#receiver = receiver;
    this.#sender = sender;
  }

  /** Starts sending and waits until the first packets have arrived. */
  static async start(from: LabNode, to: LabNode, address: string): Promise<Stream> {
    const program = [process.execPath, fileURLToPath(import.meta.url)] as const;
    const end = (node: LabNode, ...words: string[]): LabProcess =>
      node.start(words[0]!, program[0], [program[1], ...words]);
    const receiver = end(to, 'receive', address);
    await until('the receiver is ready', () => receiver.output.includes('ready'));
    const sender = end(from, 'send', address);
    await until('packets arrive', () => receiver.output.includes('first')).catch((error: Error) => {
      throw new Error(`${error.message}\n${sender.output}\n${receiver.output}`);
    });
    return new Stream(receiver, sender);
  }

  async stop(): Promise<StreamResult> {
    await this.#sender.stop('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, LAST_MS));
    await this.#receiver.stop('SIGTERM');
    const numbers = (text: string, word: string): string[] =>
      new RegExp(`^${word} (.*)$`, 'm').exec(text)?.[1]?.split(' ').filter(Boolean) ?? [];
    const sent = Number(numbers(this.#sender.output, 'sent')[0]);
    const heard = this.#receiver.output;
    const received = Number(numbers(heard, 'received')[0]);
    const [first] = numbers(heard, 'first').map(Number);
    // Before the first one the way was not there: the stream begins with it.
    const missing = numbers(heard, 'gaps').map(Number);
    for (let i = Number(numbers(heard, 'last')[0]) + 1; i <= sent && missing.length < 100; i++) missing.push(i);
    return { sent: sent - (first ?? 1) + 1, received, missing };
  }
}

function send(address: string): void {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', () => {});
  const started = performance.now();
  let sent = 0;
  const packet = Buffer.alloc(64);
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) * RATE) / 1000);
    while (sent < due) {
      packet.writeUInt32BE(++sent, 0);
      socket.send(Buffer.from(packet), PORT, address);
    }
  }, 1);
  process.on('SIGTERM', () => {
    clearInterval(timer);
    console.log(`sent ${sent}`);
    setTimeout(() => process.exit(0), 50);
  });
}

function receive(address: string): void {
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 << 20 });
  const seen = new Set<number>();
  let first = 0;
  let last = 0;
  socket.on('message', (packet) => {
    const number = packet.readUInt32BE(0);
    if (first === 0) {
      first = number;
      console.log(`first ${number}`);
    }
    seen.add(number);
    last = Math.max(last, number);
  });
  socket.bind(PORT, address, () => console.log('ready'));
  process.on('SIGTERM', () => {
    const gaps: number[] = [];
    for (let i = first; i <= last && gaps.length < 100; i++) if (!seen.has(i)) gaps.push(i);
    console.log(`received ${seen.size}\nlast ${last}\ngaps ${gaps.join(' ')}`);
    process.exit(0);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , role, address = ''] = process.argv;
  if (role === 'send') send(address);
  else if (role === 'receive') receive(address);
}
