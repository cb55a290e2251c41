/**
 * protocol bmp: what BGP neighbours send, to a monitoring station (RFC 7854).
 *
 *     option := 'local' 'address' address | 'station' 'address' [ 'ip' ] address 'port' number
 *             | 'system' ( 'name' | 'description' ) text
 *             | 'monitoring' 'rib' 'in' ( 'pre_policy' | 'post_policy' ) switch | 'tx' 'buffer' 'limit' number
 */
import { checked, finishInactive } from '../inactive-protocol.ts';
import { Statements, value } from '../option-table.ts';
import type { ProtocolKind } from '../protocol.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements } from '../protocol-draft.ts';
import { PORT, readIp, readNumber, readSwitch, readText } from '../values.ts';

interface BmpOptions extends CommonOptions {
  readonly station: boolean;
}

export const BMP_STATEMENTS = new Statements<BmpOptions>(
  { ...COMMON_FIELDS, station: value<boolean>(false, 'nothing') },
  [
    checked('station address [ip] <address> port <port>', 'the station', 'must be set', (context, bag, at) => {
      context.stream.acceptWords('ip');
      readIp(context);
      context.stream.expectWord('port');
      readNumber(context, PORT);
      bag.set('station', true, at);
    }),
    checked('local address <address>', 'our side of the connection', 'any', (context) => void readIp(context)),
    checked('system name "<text>"', 'how we call ourselves', 'the host name', (context) => void readText(context)),
    checked('system description "<text>"', 'what we are', 'the version', (context) => void readText(context)),
    ...['pre_policy', 'post_policy'].map((side) => ({
      ...checked<BmpOptions>(
        `monitoring rib in ${side} <switch>`,
        side === 'pre_policy' ? 'routes before import filters; needs import tables' : 'routes that filters accepted',
        'off',
        (context) => void readSwitch(context),
      ),
      words: ['monitoring', 'rib', 'in', side],
    })),
    checked('tx buffer limit <MB>', 'how much may wait to be sent', '1024', (context) => {
      readNumber(context, { min: 1, max: 4096, message: 'BMP TX buffer limit must be between 1 and 4096 MB' });
    }),
    ...commonStatements<BmpOptions>(),
  ],
);

export const BMP: ProtocolKind = {
  word: 'bmp',
  statements: BMP_STATEMENTS,
  channels: undefined,
  finish: (context, draft) => {
    if (draft.options<BmpOptions>().has('station')) return finishInactive(context, draft);
    context.notes.errorAt(draft.token, 'Station address not specified');
    return undefined;
  },
};
