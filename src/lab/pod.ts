/**
 * What runs inside a pod of the lab: `serve PORT` answers each connection with the caller's address as the pod sees it,
 * `ask ADDRESS PORT` connects and prints the answer. With it the lab shows that nobody translates addresses.
 */
import { connect, createServer } from 'node:net';

const [verb, ...words] = process.argv.slice(2);

if (verb === 'serve') {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${(socket.remoteAddress ?? '').replace(/^::ffff:/, '')}\n`);
  });
  server.listen(Number(words[0]), '::', () => process.stdout.write('ready\n'));
} else if (verb === 'ask') {
  const socket = connect({ host: words[0] ?? '', port: Number(words[1]), timeout: 3000 });
  socket.on('data', (data) => process.stdout.write(data));
  socket.on('timeout', () => socket.destroy(new Error('no answer')));
  socket.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
} else {
  process.stderr.write('usage: serve PORT | ask ADDRESS PORT\n');
  process.exit(2);
}
