import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { withRealSockets } from '../../tests/setup/mock-bed.ts';
import type { HeaderList } from '../dialects/reply.ts';
import { WholeAnswers } from './whole-answer.ts';

withRealSockets();

const HEADERS: HeaderList = [
  ['content-type', 'application/json'],
  ['transfer-encoding', 'chunked'],
  ['x-request-id', 'req_1'],
  ['set-cookie', 'a=1; path=/'],
  ['set-cookie', 'b=2; path=/'],
];
const BODY = '{"answer":42}\n';

interface Case {
  readonly request?: string;
  readonly status?: number;
  readonly headers?: HeaderList;
  readonly body?: string;
}

/** What two requests on one connection get, and whether the answers were written as a whole. */
async function answered({ request = requestOf(), status = 200, headers = HEADERS, body = BODY }: Case, tried: boolean) {
  const whole = new WholeAnswers();
  const sent: boolean[] = [];
  const finished = vi.fn();
  const server = createServer({ keepAliveTimeout: 0 }, (_request, response: ServerResponse) => {
    response.on('finish', finished);
    sent.push(tried && whole.send(response, { status, headers }, body, 'utf8') !== undefined);
    if (sent.at(-1)) return;
    response.writeHead(status, headers as unknown as [string, string][]);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
  // The second one closes the connection, which is how its end is seen.
  socket.write(`${request}${requestOf('connection: close\r\n')}`);
  await new Promise((resolve) => socket.once('close', resolve));
  return { sent, finished: finished.mock.calls.length, text: text.replaceAll(/Date: .*/g, 'Date: now') };
}

function requestOf(more = '', start = 'GET / HTTP/1.1'): string {
  return `${start}\r\nhost: a\r\n${more}\r\n`;
}

test('a whole answer has the bytes that node writes, ends like any other and leaves the connection open', async () => {
  const ours = await answered({}, true);
  expect(ours.sent).toEqual([true, false]);
  expect(ours.finished).toBe(2);
  expect(ours.text).toBe((await answered({}, false)).text);
});

test('characters of several bytes are framed by their bytes', async () => {
  const body = '{"answer":"Grüße 👩‍🚀"}';
  const ours = await answered({ body }, true);
  expect(ours.sent).toEqual([true, false]);
  expect(ours.text).toBe((await answered({ body }, false)).text);
});

test.each<[string, Case]>([
  ['a body that is too large for one piece', { body: 'ü'.repeat(40_000) }],
  ['a client of HTTP/1.0', { request: requestOf('connection: keep-alive\r\n', 'GET / HTTP/1.0') }],
  ['a request for the head alone', { request: requestOf('', 'HEAD / HTTP/1.1') }],
  ['another status', { status: 404 }],
  ['an answer with a length', { headers: [['content-length', String(BODY.length)]] }],
  ['a header that asks to close', { headers: [...HEADERS, ['connection', 'close']] }],
])('%s is left to node', async (_what, one) => {
  const ours = await answered(one, true);
  expect(ours.sent).not.toContain(true);
  expect(ours.text).toBe((await answered(one, false)).text);
});

test('a header that would end its line is left to node, which refuses it', () => {
  const response = {
    shouldKeepAlive: true,
    socket: {},
    req: { httpVersion: '1.1' },
    _header: null,
    _headerSent: false,
  };
  const head = { status: 200, headers: [...HEADERS, ['x', 'a\r\nb: c'] as const] };
  expect(new WholeAnswers().send(response as unknown as ServerResponse, head, BODY, 'utf8')).toBeUndefined();
});

test('bytes that a slow client has yet to take are not written over by the next answer', () => {
  const written: Buffer[] = [];
  const socket = { writableLength: 1, write: (bytes: Buffer) => written.push(bytes) };
  const whole = new WholeAnswers();
  for (const body of ['first', 'other']) {
    const response = {
      shouldKeepAlive: true,
      socket,
      req: { httpVersion: '1.1', method: 'GET' },
      _header: null,
      _headerSent: false,
      end: vi.fn<() => void>(),
    };
    whole.send(response as unknown as ServerResponse, { status: 200, headers: HEADERS }, body, 'utf8');
  }
  expect(written.map((bytes) => /\n(\w+)\r\n0\r\n\r\n$/.exec(bytes.toString())?.[1])).toEqual(['first', 'other']);
});
