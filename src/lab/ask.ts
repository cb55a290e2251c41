/** Sends one command to a control socket and gives the elements of its JSON answer. */
import { ControlClient } from '../cli/client.ts';

export async function ask<T>(socket: string, command: string): Promise<T[]> {
  const client = await ControlClient.connect(socket, () => {});
  const rows: T[] = [];
  try {
    await client.request(`json ${command}`, (line) => {
      if (line.kind === 'line' && line.text.startsWith('{')) rows.push(JSON.parse(line.text) as T);
    });
  } finally {
    client.close();
  }
  return rows;
}
