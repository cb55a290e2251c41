/** Where log lines go; src/monitor writes them. */
import type { LogClass } from '../../config/index.ts';

export interface Log {
  /** `fields` become properties of the JSON object. */
  write(logClass: LogClass, text: string, fields?: Readonly<Record<string, unknown>>): void;
}
