import { expect, test } from 'vitest';
import { needsMock } from '../setup/needs.ts';
import { nonce } from '../system/ask.ts';
import { MODEL, startApp, startBed, type Bed } from '../system/bed.ts';
import { openSocket, postText } from '../system/http.ts';
import { modelsAt, startUpstream } from '../system/upstream.ts';

const NAMES = ['user', 'metadata', 'safety_identifier', 'prompt_cache_key'] as const;

type Fields = Partial<Record<(typeof NAMES)[number], unknown>>;

const ALICE: Fields = {
  user: 'alice',
  metadata: { run: 'A', tr: 'é"' },
  safety_identifier: 'id-alice',
  prompt_cache_key: 'pk-alice',
};
const BOB: Fields = { user: 'bob', metadata: { run: 'B' }, safety_identifier: 'id-bob', prompt_cache_key: 'pk-bob' };
const NONE: Fields = { user: null, metadata: {}, safety_identifier: null, prompt_cache_key: null };

interface Said {
  readonly cache: string | null;
  readonly id: string;
  readonly text: string;
  /** The four fields of every response object in the answer. */
  readonly fields: readonly Fields[];
}

async function ask(bed: Bed, input: string, more: object): Promise<Said> {
  const answer = await fetch(`${bed.url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, input, ...more }),
  });
  const text = await answer.text();
  const responses = answer.headers.get('content-type')?.startsWith('text/event-stream')
    ? [...text.matchAll(/^data: (\{.*\})$/gm)].flatMap(([, data]) => {
        const { response } = JSON.parse(data!) as { response?: Record<string, unknown> };
        return response === undefined ? [] : [response];
      })
    : [JSON.parse(text) as Record<string, unknown>];
  const fields = responses.map((response) => Object.fromEntries(NAMES.map((name) => [name, response[name] ?? null])));
  return { cache: answer.headers.get('x-llmproxy-cache'), id: String(responses[0]!['id']), text, fields };
}

function expectOnly(said: Said, own: Fields, times: number): void {
  expect(said.fields).toEqual(Array.from({ length: times }, () => ({ ...NONE, ...own })));
}

const SHAPES = [
  ['JSON from JSON', { stream: false }, { stream: false }, 1],
  ['a stream from a stream', { stream: true }, { stream: true }, 3],
  ['JSON from a stream', { stream: true }, { stream: false }, 1],
  ['a stream from JSON', { stream: false }, { stream: true }, 3],
] as const;

test.each(SHAPES)('a replay carries the fields of its own caller: %s', async (_what, first, second, times) => {
  await using bed = await startBed();
  const input = nonce();
  const alice = await ask(bed, input, { ...first, store: false, ...ALICE });
  const bob = await ask(bed, input, { ...second, store: false, ...BOB });
  const someone = await ask(bed, input, { ...second, store: false });
  const again = await ask(bed, input, { ...second, store: false, ...BOB });
  expect([alice, bob, someone, again].map(({ cache }) => cache)).toEqual(['miss', 'hit', 'hit', 'hit']);
  expectOnly(bob, BOB, times);
  expectOnly(someone, {}, times);
  expect(again.text).toBe(bob.text);
  expect(new Set([alice.id, bob.id, someone.id]).size).toBe(1);
  expect(`${bob.text}${someone.text}`).not.toMatch(/alice/);
});

test.each([
  ['JSON', { stream: false }, { stream: false }, 1],
  ['a stream', { stream: true }, { stream: true }, 3],
  ['JSON of a stream', { stream: true }, { stream: false }, 1],
  ['a stream of JSON', { stream: false }, { stream: true }, 3],
] as const)('a joined answer carries the fields of its own caller: %s', async (_what, first, second, times) => {
  await using bed = await startBed();
  await bed.mock.pace({ firstEventMs: 300 });
  const input = nonce();
  const leading = ask(bed, input, { ...first, store: false, ...ALICE });
  await expect.poll(async () => (await bed.requests()).length).toBe(1);
  const [alice, bob, someone] = await Promise.all([
    leading,
    ask(bed, input, { ...second, store: false, ...BOB }),
    ask(bed, input, { ...second, store: false }),
  ]);
  expect([alice.cache, bob.cache, someone.cache]).toEqual(['miss', 'joined', 'joined']);
  expectOnly(alice, ALICE, first.stream ? 3 : 1);
  expectOnly(bob, BOB, times);
  expectOnly(someone, {}, times);
  expect(await bed.requests()).toHaveLength(1);
});

test('an answer that is not stored is shared all the same, each client with its own fields', async (context) => {
  needsMock(context);
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  await using upstream = await startUpstream(async (response) => {
    await opened;
    const reason = { incomplete_details: { reason: 'max_output_tokens' } };
    const content = [{ type: 'output_text', text: 'x', annotations: [] }];
    const output = [{ id: 'msg_1', type: 'message', role: 'assistant', status: 'incomplete', content }];
    const fields = { user: 'alice', metadata: { run: 'A' }, safety_identifier: null, prompt_cache_key: null };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ id: 'resp_1', object: 'response', status: 'incomplete', ...reason, output, ...fields }),
    );
  });
  const app = await startApp(modelsAt([upstream]));
  const callers: Fields[] = [{ user: 'alice', metadata: { run: 'A' } }, { user: 'bob' }, {}];
  const socket = openSocket(app.url);
  // In one piece on one connection: all three have been read when the endpoint hears of the first.
  const requests = callers.map((own) => postText('/v1/responses', { model: MODEL, input: 'q', store: false, ...own }));
  socket.write(requests.join(''));
  await expect.poll(() => upstream.requests.length).toBe(1);
  open();
  const answers = (): string[] => socket.received().toString().split('HTTP/1.1 200 OK').slice(1);
  await expect.poll(() => answers().filter((answer) => answer.endsWith('}'))).toHaveLength(3);
  socket.leave();
  await app.close();
  expect(answers().map((answer) => /x-llmproxy-cache: (\w+)/.exec(answer)?.[1])).toEqual(['miss', 'joined', 'joined']);
  for (const [index, answer] of answers().entries()) {
    const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Record<string, unknown>;
    expect(Object.fromEntries(NAMES.map((name) => [name, body[name]]))).toEqual({ ...NONE, ...callers[index] });
    expect(body['status']).toBe('incomplete');
  }
  expect(upstream.requests).toHaveLength(1);
});

test('a response that the provider keeps belongs to the request with exactly these fields', async () => {
  await using bed = await startBed();
  const input = nonce();
  const alice = await ask(bed, input, ALICE);
  const bob = await ask(bed, input, BOB);
  const again = await ask(bed, input, BOB);
  expect([alice.cache, bob.cache, again.cache]).toEqual(['miss', 'miss', 'hit']);
  expect(bob.id).not.toBe(alice.id);
  expect(again.text).toBe(bob.text);
});

test('a stored chat completion belongs to the request with exactly these fields', async (context) => {
  needsMock(context);
  await using bed = await startBed();
  const create = async (run: string, store: boolean) => {
    const { data, response } = await bed
      .client()
      .chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'st' }], store, metadata: { run } })
      .withResponse();
    return { id: data.id, cache: response.headers.get('x-llmproxy-cache') };
  };
  expect([(await create('1', false)).cache, (await create('2', false)).cache]).toEqual(['miss', 'hit']);
  const one = await create('1', true);
  const two = await create('2', true);
  expect([one.cache, two.cache]).toEqual(['miss', 'miss']);
  expect((await bed.client().chat.completions.retrieve(two.id)).metadata).toEqual({ run: '2' });
});
