/**
 * All commands by their words: what the client needs to expand abbreviations, to complete and to help, and what the
 * server's parser is checked against. Words and arguments are BIRD's; what only Peregrine has is marked.
 */

export interface CommandEntry {
  /** `show protocols all`. */
  readonly words: string;
  /** How the arguments are written. */
  readonly args: string;
  readonly help: string;
  /** Words that may stand among the arguments, for completion. */
  readonly options?: readonly string[];
  /** Kinds of names that arguments can be, for completion. */
  readonly names?: readonly ('protocol' | 'table' | 'filter' | 'symbol' | 'static')[];
  /** The client does it; nothing is sent. */
  readonly local?: true;
}

/** Heads of lists: shown as `show ...` one level up. */
export interface CommandGroup {
  readonly words: string;
  readonly help: string;
}

const PATTERN = '<protocol> | "<pattern>" | all';
const TARGET = `(${PATTERN}) [message]`;
const FILE = '["<file>"]';

export const GROUPS: readonly CommandGroup[] = [
  { words: 'show', help: 'What the daemon knows and does' },
  { words: 'show route', help: 'Routes of the tables' },
  { words: 'show symbols', help: 'Names that the configuration defines' },
  { words: 'show calico', help: 'The cluster that this node belongs to' },
  { words: 'show bfd', help: 'BFD' },
  { words: 'configure', help: 'Read the configuration again' },
  { words: 'debug', help: 'What is traced into the log' },
  { words: 'mrtdump', help: 'What is written as MRT' },
  { words: 'echo', help: 'Log messages in this session' },
  { words: 'dump', help: 'Inside of the daemon, for developers' },
  { words: 'timeformat', help: 'How this session shows times' },
  { words: 'graceful', help: 'Ends that cost no packets' },
];

export const COMMANDS: readonly CommandEntry[] = [
  { words: 'quit', args: '', help: 'Leave the client', local: true },
  { words: 'exit', args: '', help: 'Leave the client', local: true },
  { words: 'help', args: '', help: 'How to get help', local: true },
  { words: 'show status', args: '', help: 'Router id, times, state of the daemon' },
  { words: 'show memory', args: '', help: 'Memory by what it is used for' },
  {
    words: 'show protocols',
    args: '[<protocol> | "<pattern>"]',
    help: 'Protocols, one line each',
    names: ['protocol'],
  },
  {
    words: 'show protocols all',
    args: '[<protocol> | "<pattern>"]',
    help: 'Protocols with channels, counters, sessions',
    names: ['protocol'],
  },
  { words: 'show interfaces', args: '', help: 'Links and their addresses' },
  { words: 'show interfaces summary', args: '', help: 'Links, one line each' },
  {
    words: 'show route',
    args: '[<prefix>|for <prefix>|for <ip>|in <prefix>] [table (<t>|all)] [(import|export) table <p>.<c>] [filter <f>|where <cond>] [all] [primary] [filtered] [(export|preexport|noexport|exported) <p>[.<c>]] [protocol <p>] [stats|count] | (<prefix>|for <prefix>|for <ip>) why <p>[.<c>]',
    help: 'Routes, all or those that match; why one was sent or accepted',
    options: [
      'all',
      'count',
      'export',
      'exported',
      'filter',
      'filtered',
      'for',
      'import',
      'in',
      'noexport',
      'preexport',
      'primary',
      'protocol',
      'stats',
      'table',
      'where',
      'why',
    ],
    names: ['protocol', 'table', 'filter'],
  },
  {
    words: 'show static',
    args: '[<protocol>]',
    help: 'Static routes as configured',
    names: ['static'],
  },
  {
    words: 'show symbols',
    args: '[table|filter|function|protocol|template|<symbol>]',
    help: 'Names and what they stand for',
    options: ['table', 'filter', 'function', 'protocol', 'template'],
    names: ['symbol'],
  },
  { words: 'show calico', args: '', help: 'The datastore, this node, what there is' },
  { words: 'show calico nodes', args: '', help: 'Nodes of the cluster' },
  { words: 'show calico pools', args: '', help: 'Pools of addresses' },
  { words: 'show calico blocks', args: '', help: 'Blocks and the nodes that have them' },
  { words: 'show calico peers', args: '', help: 'Sessions, what made them, and who is no peer and why' },
  {
    words: 'show calico config',
    args: '[ipv4|ipv6]',
    help: 'The same as a configuration of BIRD 1.6',
    options: ['ipv4', 'ipv6'],
  },
  { words: 'show bfd sessions', args: '[<protocol>]', help: 'BFD sessions', names: ['protocol'] },
  { words: 'eval', args: '<expr>', help: 'Value of an expression of the filter language' },
  {
    words: 'echo',
    args: '(all | off | { debug|trace|info|remote|warning|error|auth|fatal|bug [, ...] }) [<buffer-size>]',
    help: 'Show log messages in this session as they come',
    options: ['all', 'off', 'debug', 'trace', 'info', 'remote', 'warning', 'error', 'auth', 'fatal', 'bug'],
  },
  {
    words: 'timeformat',
    args: '"<format>" [<seconds> "<format>"] | iso (short|long) [ms|us]',
    help: 'Show times in this session in another form',
    options: ['iso', 'short', 'long', 'ms', 'us'],
  },
  { words: 'disable', args: TARGET, help: 'Switch a protocol off', options: ['all'], names: ['protocol'] },
  { words: 'enable', args: TARGET, help: 'Switch a protocol on', options: ['all'], names: ['protocol'] },
  { words: 'restart', args: TARGET, help: 'Switch a protocol off and on', options: ['all'], names: ['protocol'] },
  { words: 'reload', args: PATTERN, help: 'Filter routes again, both ways', options: ['all'], names: ['protocol'] },
  { words: 'reload in', args: PATTERN, help: 'Filter again what comes in', options: ['all'], names: ['protocol'] },
  { words: 'reload out', args: PATTERN, help: 'Filter again what goes out', options: ['all'], names: ['protocol'] },
  {
    words: 'debug',
    args: '(<protocol> | <protocol>.<channel> | "<pattern>" | all) (all | off | { states|routes|filters|interfaces|events|packets [, ...] })',
    help: 'Choose what is traced',
    options: ['all', 'off', 'states', 'routes', 'filters', 'interfaces', 'events', 'packets'],
    names: ['protocol'],
  },
  {
    words: 'mrtdump',
    args: '(<protocol> | "<pattern>" | all) (all | off | { states|messages [, ...] })',
    help: 'Choose what is written as MRT',
    options: ['all', 'off', 'states', 'messages'],
    names: ['protocol'],
  },
  { words: 'dump resources', args: FILE, help: 'Memory, handles, timers' },
  { words: 'dump sockets', args: FILE, help: 'Open sockets' },
  { words: 'dump events', args: FILE, help: 'Work that waits for its turn' },
  { words: 'dump interfaces', args: FILE, help: 'Links and addresses' },
  { words: 'dump neighbors', args: FILE, help: 'Next hops and how they are resolved' },
  { words: 'dump attributes', args: FILE, help: 'Attribute sets' },
  { words: 'dump routes', args: FILE, help: 'All routes of all tables' },
  { words: 'dump protocols', args: FILE, help: 'Protocols and their state' },
  { words: 'dump filter all', args: FILE, help: 'Filters as compiled' },
  { words: 'configure', args: `${FILE} [timeout [<sec>]]`, help: 'Read the configuration and take it over' },
  {
    words: 'configure soft',
    args: `${FILE} [timeout [<sec>]]`,
    help: 'The same, but filters that changed cause no reload',
  },
  { words: 'configure timeout', args: '[<sec>]', help: 'The same, taken back unless confirmed in time' },
  { words: 'configure soft timeout', args: '[<sec>]', help: 'Both' },
  { words: 'configure confirm', args: '', help: 'Keep the new configuration' },
  { words: 'configure undo', args: '', help: 'Go back to the configuration before' },
  { words: 'configure status', args: '', help: 'What became of the last configuration' },
  { words: 'configure check', args: FILE, help: 'Read the configuration and change nothing' },
  { words: 'restrict', args: '', help: 'Allow only harmless commands in this session' },
  { words: 'down', args: '', help: 'End the daemon' },
  { words: 'graceful restart', args: '', help: 'End the daemon; neighbours and kernel keep the routes' },
  {
    words: 'graceful shutdown',
    args: `${PATTERN} [on|off]`,
    help: 'Let traffic leave sessions before they end (RFC 8326)',
    options: ['all', 'on', 'off'],
    names: ['protocol'],
  },
];
