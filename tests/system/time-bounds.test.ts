import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { chat } from './ask.ts';
import { startApp, startBed } from './bed.ts';
import { errorOf, type RawAnswer, send } from './http.ts';
import { modelsAt, startUpstream } from './upstream.ts';

const chunked = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const ROLE = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] })}\n\n`;
const head = (type: string): string => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;

/** An endpoint that begins with these bytes and repeats those for as long as the connection stands. */
async function dripping(begin: string, drip: string): Promise<{ baseURL: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', () => {
      if (begin !== '') socket.write(begin);
      const timer = setInterval(() => void (drip !== '' && socket.write(drip)), 40);
      socket.on('close', () => clearInterval(timer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const timeouts = { first_byte: '5s', idle: '5s', first_content: '1500ms', answer: '1500ms' };

test.each([
  ['comments', true, head('text/event-stream'), chunked(': working\n\n')],
  ['role chunks', true, head('text/event-stream'), chunked(ROLE)],
  ['blank lines', true, head('text/event-stream'), chunked('\n\n')],
  ['one role chunk', true, head('text/event-stream') + chunked(ROLE), ''],
  ['interim responses', true, '', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'],
  ['interim responses', false, '', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'],
  ['header lines', true, 'HTTP/1.1 200 OK\r\n', 'x-drip: 1\r\n'],
  ['white space', false, head('application/json'), chunked(' ')],
])(
  'an endpoint that gives nothing but %s (stream: %s) is left for a healthy one',
  async (_what, stream, begin, drip) => {
    await using bad = await dripping(begin, drip);
    await using good = await startMock();
    // The first answer of a process takes longer than the others.
    await send(`${good.url}/v1/chat/completions`, { body: { ...chat('2+2'), stream } });
    const { models } = modelsAt([bad, good], { routing: { timeouts } }) as Record<
      string,
      Record<string, { endpoints: object[] }>
    >;
    models!['gpt-4o-mini']!.endpoints[1] = { ...models!['gpt-4o-mini']!.endpoints[1], weight: 0 };
    const app = await startApp({ models });
    try {
      const answer = await send(`${app.url}/v1/chat/completions`, { body: { ...chat('2+2'), stream } });
      expect([answer.status, answer.headers['x-llmproxy-endpoint']]).toEqual([200, 'gpt-4o-mini/b']);
      expect(answer.headers['x-llmproxy-attempts']).toBe('2');
    } finally {
      await app.close();
    }
  },
);

test('JSON that takes longer than first_byte and idle is waited for, and asked for once', async () => {
  await using bed = await startBed({
    mocks: 2,
    mock: { pace: { firstEventMs: 400 } },
    model: { routing: { timeouts: { first_byte: '50ms', idle: '50ms', answer: '30s' } } },
  });
  const answer = await send(`${bed.url}/v1/chat/completions`, { body: chat('2+2') });
  expect(answer.status).toBe(200);
  expect(await bed.requests()).toHaveLength(1);
});

test('total bounds all attempts: no further endpoint is asked, and the client is advised not to repeat', async () => {
  await using silent = await startUpstream(() => undefined);
  const app = await startApp(
    modelsAt([silent, silent, silent], { routing: { timeouts: { answer: '600ms', total: '1s' } } }),
  );
  try {
    const answer = await send(`${app.url}/v1/chat/completions`, { body: chat('hi') });
    expect(answer.status).toBe(504);
    expect(answer.headers).toMatchObject({ 'x-llmproxy-attempts': '2', 'x-should-retry': 'false' });
    expect(errorOf(answer)).toMatchObject({ code: 'upstream_timeout', message: /timeout_total/ });
    expect(silent.requests).toHaveLength(2);
  } finally {
    await app.close();
  }
});

test('when every endpoint asks for patience the client is told the shortest time', async () => {
  const waits = (header: Record<string, string>) =>
    startUpstream((response) => {
      response.writeHead(429, { 'content-type': 'application/json', ...header });
      response.end(JSON.stringify({ error: { message: 'slow down' } }));
    });
  await using a = await waits({ 'retry-after': '7' });
  await using b = await waits({ 'x-ratelimit-reset-requests': '1m30s', 'x-ratelimit-remaining-requests': '0' });
  const app = await startApp(modelsAt([a, b], { strategy: 'round-robin' }));
  try {
    const ask = (): Promise<RawAnswer> => send(`${app.url}/v1/chat/completions`, { body: chat('hi') });
    const first = await ask();
    expect([first.status, first.headers['retry-after']]).toEqual([429, '7']);
    expect(first.headers['x-should-retry']).toBeUndefined();
    const second = await ask();
    expect([second.status, second.headers['retry-after']]).toEqual([503, '7']);
    expect([a.requests.length, b.requests.length]).toEqual([1, 1]);
  } finally {
    await app.close();
  }
});

test('where every endpoint fails, many requests do not become many times as many attempts', async () => {
  const held: (() => void)[] = [];
  const failing = (hold: boolean) =>
    startUpstream((response) => {
      const fail = (): void => void response.writeHead(500).end();
      if (hold) held.push(fail);
      else fail();
    });
  await using a = await failing(false);
  await using b = await failing(false);
  await using c = await failing(true);
  const app = await startApp(modelsAt([a, b, c], { routing: { allowed_fails: 1000, retry_budget: 0 } }));
  try {
    const asked = Array.from({ length: 12 }, (_, index) =>
      send(`${app.url}/v1/chat/completions`, { body: chat(`hi ${index}`) }),
    );
    const release = setInterval(() => held.splice(0).forEach((fail) => fail()), 20);
    const answers = await Promise.all(asked);
    clearInterval(release);
    expect(answers.every(({ status }) => status === 500)).toBe(true);
    const total = a.requests.length + b.requests.length + c.requests.length;
    expect(total).toBeGreaterThanOrEqual(24);
    expect(total).toBeLessThan(36);
  } finally {
    await app.close();
  }
});
