// The least that a Node proxy can be: `node:http` in, undici dispatch out, no validation. `node relay.ts UPSTREAM_PORT`.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool, type Dispatcher } from 'undici';

const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 2_000, headersTimeout: 0, bodyTimeout: 0 });

/** Copies an upstream answer to the client, and no faster than the client reads. */
class Copy implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  #finished = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#response.on('drain', () => controller.resume());
    this.#response.on('close', () => this.#finished || controller.abort(new Error('the client left')));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[]>,
  ): void {
    const { connection: _hop, 'transfer-encoding': _framing, 'keep-alive': _timeout, ...kept } = headers;
    this.#response.writeHead(status, kept);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#finished = true;
    this.#response.end();
  }

  onResponseError(): void {
    this.#response.destroy();
  }
}

function relay(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const headers = { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' };
    const body = parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts);
    pool.dispatch({ path: request.url ?? '/', method: 'POST', headers, body }, new Copy(response));
  });
}

const server = createServer({ keepAliveTimeout: 75_000 }, relay);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port, pid: process.pid })}\n`);
});
