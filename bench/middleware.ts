// The usual way: http-proxy-middleware in front of a plain server. `node middleware.ts UPSTREAM_PORT`.
import { Agent, createServer } from 'node:http';
import { createProxyMiddleware } from 'http-proxy-middleware';

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const proxy = createProxyMiddleware({ target: `http://127.0.0.1:${process.argv[2]}`, agent });
const server = createServer((request, response) => {
  void proxy(request, response, () => response.writeHead(502).end());
});
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port, pid: process.pid })}\n`);
});
