// The least that a mock on node:http can cost: reads a request whole, parses it, and answers with fixed bytes in one write.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWER } from './mock-cases.ts';

const deltas = ANSWER.split(/(?=[ :])/).map((content) => ({ choices: [{ index: 0, delta: { content } }] }));
const stream = `${deltas.map((data) => `data: ${JSON.stringify(data)}\n\n`).join('')}data: [DONE]\n\n`;
const responses = `${deltas.map((data) => `event: delta\ndata: ${JSON.stringify(data)}\n\n`).join('')}data: {}\n\n`;
const whole = JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: ANSWER } }] });
const response = JSON.stringify({ output: [{ type: 'message', content: [{ type: 'output_text', text: ANSWER }] }] });

function answerTo(path: string | undefined, body: { readonly stream?: boolean }): string {
  if (path === '/v1/responses') return body.stream === true ? responses : response;
  return body.stream === true ? stream : whole;
}

async function read(request: IncomingMessage): Promise<{ readonly stream?: boolean }> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as { readonly stream?: boolean };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await read(request);
  response.writeHead(200, { 'content-type': body.stream === true ? 'text/event-stream' : 'application/json' });
  response.end(answerTo(request.url, body));
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port, pid: process.pid })}\n`);
});
