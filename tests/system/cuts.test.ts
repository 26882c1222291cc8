import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { chat, nonce, sharedRedis } from './ask.ts';
import { startBed, type Bed } from './bed.ts';
import { eventsIn, send, type RawAnswer } from './http.ts';

interface Kind {
  readonly path: string;
  readonly body: (prompt: string) => object;
  /** Events before the first one with content: until then a failure moves on. */
  readonly openers: number;
  /** What the last event of a whole stream begins with. */
  readonly last: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  chat: {
    path: '/v1/chat/completions',
    body: (prompt) => ({ ...chat(prompt), stream: true }),
    openers: 1,
    last: 'data: [DONE]',
  },
  'chat with usage': {
    path: '/v1/chat/completions',
    body: (prompt) => ({ ...chat(prompt), stream: true, stream_options: { include_usage: true } }),
    openers: 1,
    last: 'data: [DONE]',
  },
  'chat with two choices': {
    path: '/v1/chat/completions',
    body: (prompt) => ({ ...chat(prompt), n: 2, stream: true }),
    openers: 2,
    last: 'data: [DONE]',
  },
  Responses: {
    path: '/v1/responses',
    body: (prompt) => ({ model: 'gpt-4o-mini', input: prompt, stream: true }),
    openers: 2,
    last: 'event: response.completed',
  },
};

let bed: Bed;
/** Another proxy on the same Redis: what it finds is stored there. */
let other: Bed;

beforeAll(async () => {
  const config = { redis: sharedRedis() };
  // `a` takes every request and is cut, `b` is there for what may still move on; neither is ever ejected.
  const endpoints = [{ weight: 1 }, { weight: 0 }];
  bed = await startBed({ mocks: 2, endpoints, model: { routing: { allowed_fails: 1000 } }, config });
  other = await startBed({ config });
});
afterAll(async () => {
  await bed[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

/** Events that the endpoint sends for such a request, as the proxy makes it. */
async function wholeStream(kind: Kind): Promise<string[]> {
  await using mock = await startMock();
  const asked = kind.body(`Count from 1 to 5 ${nonce()}`);
  const body = kind.path.endsWith('completions') ? { ...asked, stream_options: { include_usage: true } } : asked;
  return eventsIn((await send(`${mock.url}${kind.path}`, { body })).body);
}

/** Whether this request would be answered without an endpoint. */
async function storedAt(proxy: Bed, kind: Kind, body: object): Promise<boolean> {
  const headers = { 'cache-control': 'only-if-cached' };
  return (await send(`${proxy.url}${kind.path}`, { body, headers })).status === 200;
}

/** What was broken must be found nowhere, neither in memory nor in Redis. */
async function expectStoredNowhere(kind: Kind, bodies: readonly object[]): Promise<void> {
  for (const body of bodies) {
    expect.soft(await storedAt(bed, kind, body)).toBe(false);
    expect.soft(await storedAt(other, kind, body)).toBe(false);
  }
}

function told(answer: RawAnswer): string {
  return eventsIn(answer.body).at(-1) ?? '';
}

describe.each(Object.entries(KINDS))('%s', (_name, kind) => {
  test('cut at each event boundary: another endpoint, or an error event and a broken socket, and nothing is stored', async () => {
    const events = await wholeStream(kind);
    expect(events.length).toBeGreaterThan(6);
    const broken: object[] = [];
    for (let count = 0; count < events.length; count += 1) {
      await bed.mocks[0]!.reset();
      await bed.mocks[0]!.fault({ fault: { kind: 'cut', afterEvents: count } });
      const body = kind.body(`Count from 1 to 5 ${nonce()}`);
      const answer = await send(`${bed.url}${kind.path}`, { body });
      if (count <= kind.openers) {
        expect.soft(answer.headers['x-llmproxy-endpoint'], `after ${count} events`).toBe('gpt-4o-mini/b');
        expect.soft(answer.broken, `after ${count} events`).toBe(false);
        expect.soft(told(answer), `after ${count} events`).toContain(kind.last);
        expect.soft(await storedAt(bed, kind, body), `after ${count} events`).toBe(true);
      } else {
        broken.push(body);
        expect.soft(answer.headers['x-llmproxy-endpoint'], `after ${count} events`).toBe('gpt-4o-mini/a');
        expect.soft(answer.broken, `after ${count} events`).toBe(true);
        expect.soft(told(answer), `after ${count} events`).toContain('stream_interrupted');
        expect.soft(answer.body.includes(kind.last), `after ${count} events`).toBe(false);
      }
    }
    expect(broken).toHaveLength(events.length - kind.openers - 1);
    await expectStoredNowhere(kind, broken);
  });

  test('a connection that breaks only after the last event has given its whole answer', async () => {
    const events = await wholeStream(kind);
    await bed.mocks[0]!.reset();
    await bed.mocks[0]!.fault({ fault: { kind: 'cut', afterEvents: events.length } });
    const body = kind.body(`Count from 1 to 5 ${nonce()}`);
    const answer = await send(`${bed.url}${kind.path}`, { body });
    expect(answer.headers['x-llmproxy-endpoint']).toBe('gpt-4o-mini/a');
    expect(answer.broken).toBe(false);
    expect(told(answer)).toContain(kind.last);
    expect(await storedAt(bed, kind, body)).toBe(true);
  });

  test('cut at random bytes: the same', async () => {
    const events = await wholeStream(kind);
    const total = Buffer.byteLength(events.join(''));
    const afterOpeners = Buffer.byteLength(events.slice(0, kind.openers + 1).join(''));
    const offsets = Array.from({ length: 25 }, () => randomInt(1, total - 20));
    const broken: object[] = [];
    for (const atByte of [...offsets, 0, 1]) {
      await bed.mocks[0]!.reset();
      await bed.mocks[0]!.fault({ fault: { kind: 'cut', atByte } });
      const body = kind.body(`Count from 1 to 5 ${nonce()}`);
      const answer = await send(`${bed.url}${kind.path}`, { body });
      const whole = answer.headers['x-llmproxy-endpoint'] === 'gpt-4o-mini/b';
      // Lengths vary by a few bytes of padding, so that at the boundary itself either is right.
      if (Math.abs(atByte - afterOpeners) > 200) expect.soft(whole, `at byte ${atByte}`).toBe(atByte < afterOpeners);
      expect.soft(answer.broken, `at byte ${atByte}`).toBe(!whole);
      expect.soft(told(answer), `at byte ${atByte}`).toContain(whole ? kind.last : 'stream_interrupted');
      if (whole) expect.soft(await storedAt(bed, kind, body), `at byte ${atByte}`).toBe(true);
      else broken.push(body);
    }
    await expectStoredNowhere(kind, broken);
  });
});

test('what the client has of a broken stream are whole events, each as the endpoint sent it', async () => {
  const total = Buffer.byteLength((await wholeStream(KINDS['Responses']!)).join(''));
  await bed.mocks[0]!.reset();
  await bed.mocks[0]!.fault({ fault: { kind: 'cut', atByte: total - 2500 } });
  const answer = await send(`${bed.url}/v1/responses`, {
    body: KINDS['Responses']!.body(`Count from 1 to 5 ${nonce()}`),
  });
  const events = eventsIn(answer.body);
  const numbers = events.map((event) => (JSON.parse(/data: (.*)/.exec(event)![1]!) as Numbered).sequence_number);
  expect(answer.broken).toBe(true);
  expect(numbers.slice(0, -1)).toEqual(numbers.slice(0, -1).map((_n, index) => index));
  expect(events.at(-1)).toMatch(/^event: error\n/);
  expect(numbers.at(-1)).toBe(events.length - 1);
});

interface Numbered {
  readonly sequence_number: number;
}

test('the SDK throws what the error event says, in both dialects', async () => {
  await bed.mocks[0]!.reset();
  await bed.mocks[0]!.fault({ fault: { kind: 'cut', afterEvents: 5 } });
  const streamed = bed.client().chat.completions.stream(chat(nonce()));
  await expect(streamed.finalChatCompletion()).rejects.toMatchObject({ code: 'stream_interrupted' });
  const response = bed.client().responses.stream({ model: 'gpt-4o-mini', input: nonce() });
  await expect(response.finalResponse()).rejects.toMatchObject({ code: 'stream_interrupted' });
});

test('a JSON answer that is cut anywhere moves on, and is never shown in part', async () => {
  for (const atByte of [0, 1, 100, 400, 700]) {
    await bed.mocks[0]!.reset();
    await bed.mocks[0]!.fault({ fault: { kind: 'cut', atByte } });
    const { data, response } = await bed
      .client()
      .chat.completions.create(chat(`2+2 ${nonce()}`))
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('4');
    expect(response.headers.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/b');
  }
});
