/** The programs as users run them: bundled, unless modules were compiled since (bin/launch.mjs). */
export { CLIENT, COMPAT, DAEMON } from '../../src/lab/programs.ts';
