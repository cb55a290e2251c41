/** Where the programs are, as they are installed. */
import { fileURLToPath } from 'node:url';

const program = (name: string): string => fileURLToPath(new URL(`../../../bin/${name}`, import.meta.url));

export const DAEMON = program('peregrined');
export const CLIENT = program('peregrinec');
/** Folder of the programs under the names of Calico's BIRD. */
export const COMPAT = program('compat/');
