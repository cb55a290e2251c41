/**
 * HTTP as the stores need it: a question with its answer, and a stream of JSON values, one a line. Whatever goes wrong on
 * the way is `StoreUnavailable`; what a status means is the caller's business.
 */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { StoreUnavailable } from './store.ts';

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** `undefined`: without TLS. */
  readonly tls: https.AgentOptions | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

const ANSWER_MS = 15_000;
const KEEPALIVE_MS = 10_000;
/** Of one answer, and of one line of a stream. */
const MAX_OCTETS = 256 << 20;

export class HttpClient {
  readonly #server: HttpServer;
  readonly #agent: http.Agent;

  constructor(server: HttpServer) {
    this.#server = server;
    const options = { keepAlive: true, keepAliveMsecs: KEEPALIVE_MS, maxSockets: 16 };
    this.#agent = server.tls === undefined ? new http.Agent(options) : new https.Agent({ ...options, ...server.tls });
  }

  get name(): string {
    const { host, port } = this.#server;
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** One question, one answer. */
  ask(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(this.#unavailable(error));
      const sent = this.#send(request, (response) => {
        collect(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), fail);
      });
      const timer = setTimeout(() => sent.destroy(new Error('no answer in time')), ANSWER_MS);
      const release = onAbort(request.signal, sent, reject);
      sent.on('close', () => {
        clearTimeout(timer);
        release();
      });
      sent.on('error', fail);
      sent.end(request.body);
    });
  }

  /**
   * A stream of lines. Resolves when the server ends it, with the answer where its status is not 200; rejects when the
   * connection breaks, when nothing at all comes for `idleMs`, and with what `onLine` throws.
   */
  stream(
    request: HttpRequest,
    idleMs: number,
    onLine: (line: string) => void,
    onOpen?: () => void,
  ): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(this.#unavailable(error));
      const sent = this.#send(request, (response) => {
        const status = response.statusCode ?? 0;
        if (status !== 200) {
          collect(response).then((text) => resolve({ status, text }), fail);
          return;
        }
        onOpen?.();
        const lines = new Lines(onLine);
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          timer.refresh();
          try {
            lines.add(chunk);
          } catch (error) {
            reject(error);
            sent.destroy();
          }
        });
        response.on('end', () => resolve({ status, text: '' }));
        response.on('error', fail);
        response.on('close', () => fail(new Error('connection closed')));
      });
      const timer = setTimeout(() => sent.destroy(new Error('nothing came for too long')), idleMs);
      const release = onAbort(request.signal, sent, reject);
      sent.on('close', () => {
        clearTimeout(timer);
        release();
      });
      sent.on('error', fail);
      sent.end(request.body);
    });
  }

  #send(request: HttpRequest, onAnswer: (response: http.IncomingMessage) => void): http.ClientRequest {
    const { host, port, tls } = this.#server;
    const { method, path, headers, body } = request;
    const send = tls === undefined ? http.request : https.request;
    const sent = send(
      {
        host,
        port,
        method,
        path,
        agent: this.#agent,
        headers: {
          accept: 'application/json',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      onAnswer,
    );
    sent.on('socket', (socket: Socket) => socket.setKeepAlive(true, KEEPALIVE_MS));
    return sent;
  }

  #unavailable(error: Error): StoreUnavailable {
    const { code } = error as NodeJS.ErrnoException;
    return new StoreUnavailable(`${this.name}: ${error.message || code || error.name}`);
  }
}

/** Ends the request with the signal; the result stops listening to it. */
function onAbort(
  signal: AbortSignal | undefined,
  sent: http.ClientRequest,
  reject: (error: Error) => void,
): () => void {
  if (signal === undefined) return () => {};
  const end = (): void => {
    reject(new StoreUnavailable('stopped'));
    sent.destroy();
  };
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  return () => signal.removeEventListener('abort', end);
}

class Lines {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(chunk: string): void {
    const parts = chunk.split('\n');
    parts[0] = this.#rest + parts[0]!;
    this.#rest = parts.pop()!;
    if (this.#rest.length > MAX_OCTETS) throw new Error('a line is too long');
    for (const line of parts) if (line.trim() !== '') this.#onLine(line);
  }
}

function collect(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let octets = 0;
    response.on('data', (chunk: Buffer) => {
      octets += chunk.length;
      if (octets > MAX_OCTETS) response.destroy(new Error('the answer is too long'));
      else chunks.push(chunk);
    });
    response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    response.on('error', reject);
    response.on('close', () => reject(new Error('connection closed')));
  });
}
