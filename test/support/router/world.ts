/**
 * A router with six speakers around it, in one of two shapes: a daemon inside the test process (process-world.ts), or
 * one of its own in a network namespace (lab-world.ts). Both are looked at from outside alone: through the control
 * socket, the speakers and the kernel's table.
 */
import type { ControlClient } from '../control-client.ts';
import type { Speaker } from './speaker.ts';

export const SPEAKERS = [1, 2, 3, 4, 5, 6] as const;

export interface World {
  readonly speakers: readonly Speaker[];
  readonly control: ControlClient;
  /** Writes the file that `configure` reads. */
  write(text: string): void;
  /** Routes of ours in the kernel. */
  kernel(): Promise<string[]>;
  /** What the daemon complained about, for a failing test. */
  readonly log: string;
  stop(): Promise<void>;
}
