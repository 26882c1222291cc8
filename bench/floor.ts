// The floor: a relay that copies bytes between two sockets and understands nothing. `node floor.ts UPSTREAM_PORT`.
import { connect, createServer } from 'node:net';

const upstreamPort = Number(process.argv[2]);
const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ port: upstreamPort, host: '127.0.0.1', noDelay: true });
  client.on('data', (bytes) => void (upstream.write(bytes) || client.pause()));
  upstream.on('data', (bytes) => void (client.write(bytes) || upstream.pause()));
  client.on('drain', () => upstream.resume()).on('close', () => upstream.destroy());
  upstream.on('drain', () => client.resume()).on('close', () => client.destroy());
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port, pid: process.pid })}\n`);
});
