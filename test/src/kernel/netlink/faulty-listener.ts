/** A program whose netlink listeners throw, directly and from a promise: it has to live on. See socket.test.ts. */
import { NetlinkSocket } from '../../../../src/kernel/netlink/socket.ts';
import { MessageFlag } from '../../../../src/kernel/netlink/wire.ts';

process.on('uncaughtException', (error) => process.stdout.write(`uncaught: ${error.message}\n`));

const socket = new NetlinkSocket(
  {
    datagram: () => {
      Promise.resolve().then(() => {
        throw new Error('another fault');
      });
      throw new Error('a fault of ours');
    },
    overrun: () => {},
    failed: () => {},
  },
  { role: 'answers', receiveBufferOctets: 65536 },
);
// RTM_GETLINK without a body is answered with an error, which is a datagram.
const request = new Uint8Array(16);
const view = new DataView(request.buffer);
view.setUint32(0, 16, true);
view.setUint16(4, 18, true);
view.setUint16(6, MessageFlag.Request | MessageFlag.Ack, true);
socket.send(request, () => {});
setTimeout(() => {
  process.stdout.write('still here\n');
  socket.close();
}, 200);
