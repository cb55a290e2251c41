/** Recorded conversations with BIRD 2.0.12, where the folder with them is at hand. */
import fs from 'node:fs';
import path from 'node:path';

/** Next to the repository; tests that want it skip with a line when it is not there. */
export const TRANSCRIPTS = path.resolve(import.meta.dirname, '../../../../../shared/reference/birdc-transcripts');

export const NO_TRANSCRIPTS: string | false = fs.existsSync(TRANSCRIPTS)
  ? false
  : 'the folder shared/reference/birdc-transcripts is not next to the repository';

export interface Exchange {
  readonly request: string;
  /** Every octet up to the next request. */
  readonly reply: string;
}

/** The raw part of a recording: requests and what came back. */
export function readTranscript(name: string): Exchange[] {
  const text = fs.readFileSync(path.join(TRANSCRIPTS, name), 'utf8');
  const exchanges: Exchange[] = [];
  let request: string | undefined;
  let reply = '';
  const finish = (): void => {
    if (request !== undefined) exchanges.push({ request, reply });
    request = undefined;
    reply = '';
  };
  for (const line of text.split('\n').slice(0, -1)) {
    if (line.startsWith('>>>SEND')) {
      finish();
      request = line.slice('>>>SEND '.length);
    } else if (/^(##|>>>|# |<EOF)/.test(line) || line === '0001 BIRD 2.0.12 ready.') {
      finish();
    } else if (request !== undefined) {
      reply += `${line}\n`;
    }
  }
  finish();
  return exchanges;
}

/** Times of day and running timers differ between two looks at the same daemon; everything else must not. */
export function normalize(reply: string): string {
  return reply
    .replace(/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME')
    .replace(/(timer:\s+)\d+\.\d{3}\//g, '$1LEFT/')
    .replace(/(Connect delay:\s+)\d+\.\d{3}\//g, '$1LEFT/');
}
