import type { APIError } from 'openai';
import { expect, test } from 'vitest';
import type { FaultRule } from '../../mocks/index.ts';
import { chat, collect, nonce, textOf } from './ask.ts';
import { startApp, startBed, type Bed, type BedOptions } from './bed.ts';
import { errorOf, send } from './http.ts';

/** `a` takes every request and fails; `b` is there when it has. */
const spare: BedOptions = {
  mocks: 2,
  endpoints: [{ weight: 1 }, { weight: 0 }],
  model: { routing: { allowed_fails: 3 } },
};
/** As `spare`, for endpoints that never answer: long enough for the other one on a busy machine. */
const impatient: BedOptions = {
  ...spare,
  model: { routing: { allowed_fails: 3, timeouts: { first_byte: '1500ms', answer: '1500ms', idle: '1500ms' } } },
};
const bedFor = ({ kind }: Pick<Row, 'kind'>): Promise<Bed> => startBed(kind.startsWith('timeout') ? impatient : spare);

type Fault = FaultRule['fault'];

interface Row {
  readonly what: string;
  readonly fault: Fault;
  readonly kind: string;
  /** What `/stats` says of the failed endpoint afterwards. */
  readonly state: 'admitting' | 'ejected';
}

const status = (code: number, more: object = {}): Fault => ({ kind: 'status', status: code, ...more });
const quota = { error: { message: 'No money.', type: 'insufficient_quota', param: null, code: 'insufficient_quota' } };

/** The rows of the outcome table after which the next endpoint is tried. */
const ROWS: readonly Row[] = [
  { what: 'status 500', fault: status(500), kind: 'server_error', state: 'admitting' },
  { what: 'status 502', fault: status(502), kind: 'server_error', state: 'admitting' },
  { what: 'status 503', fault: status(503), kind: 'server_error', state: 'admitting' },
  { what: 'status 529', fault: status(529), kind: 'busy', state: 'admitting' },
  { what: 'status 408', fault: status(408), kind: 'busy', state: 'admitting' },
  { what: 'status 425', fault: status(425), kind: 'busy', state: 'admitting' },
  { what: 'status 429', fault: status(429), kind: 'rate_limited', state: 'ejected' },
  { what: 'an empty purse', fault: status(429, { body: quota }), kind: 'insufficient_quota', state: 'ejected' },
  { what: 'status 401', fault: status(401), kind: 'unauthorized', state: 'ejected' },
  { what: 'status 403', fault: status(403), kind: 'unauthorized', state: 'ejected' },
  { what: 'a cut before the head', fault: { kind: 'cut' }, kind: 'refused', state: 'admitting' },
  { what: 'a head that does not come', fault: { kind: 'hang' }, kind: 'timeout_first_byte', state: 'admitting' },
  {
    what: 'a head that comes late',
    fault: { kind: 'delay', ms: 20_000 },
    kind: 'timeout_first_byte',
    state: 'admitting',
  },
  { what: 'an empty 200', fault: { kind: 'empty' }, kind: 'bad_answer', state: 'admitting' },
  { what: 'a page of HTML', fault: { kind: 'content-type' }, kind: 'bad_answer', state: 'admitting' },
];

async function expectBlamed(bed: Bed, { kind, state }: Row): Promise<void> {
  const [a, b] = (await bed.stats()).endpoints;
  expect(a).toMatchObject({ state, requests: 1, in_flight: 0, last_error: { kind } });
  expect(b).toMatchObject({ state: 'admitting', requests: 1, failures: 0, in_flight: 0 });
}

test.each(ROWS)('after $what the next endpoint answers a JSON request', async (row) => {
  await using bed = await bedFor(row);
  await bed.mocks[0]!.fault({ fault: row.fault });
  const { data, response } = await bed.client().chat.completions.create(chat('2+2')).withResponse();
  expect(data.choices[0]?.message.content).toBe('4');
  expect(response.headers.get('x-llmproxy-attempts')).toBe('2');
  expect(response.headers.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/b');
  expect(await bed.sequence()).toBe('ab');
  // `first_byte` bounds streams alone.
  await expectBlamed(bed, row.kind === 'timeout_first_byte' ? { ...row, kind: 'timeout_answer' } : row);
});

const STREAM_ROWS: readonly Row[] = [
  ...ROWS,
  { what: 'an error event first', fault: { kind: 'error-first' }, kind: 'bad_answer', state: 'admitting' },
  {
    what: 'an error after the openers',
    fault: { kind: 'error-first', afterEvents: 1 },
    kind: 'bad_answer',
    state: 'admitting',
  },
  { what: 'a cut after the openers', fault: { kind: 'cut', afterEvents: 1 }, kind: 'bad_answer', state: 'admitting' },
  {
    what: 'silence after the openers',
    fault: { kind: 'hang', afterEvents: 1 },
    kind: 'timeout_idle',
    state: 'admitting',
  },
];

test.each(STREAM_ROWS)('after $what the next endpoint answers a stream, and the client sees one', async (row) => {
  await using bed = await bedFor(row);
  await bed.mocks[0]!.fault({ fault: row.fault });
  const request = { ...chat('2+2'), stream: true } as const;
  const { data, response } = await bed.client().chat.completions.create(request).withResponse();
  const chunks = await collect(data);
  expect(textOf(chunks)).toBe('4');
  expect(chunks.filter(({ choices }) => choices[0]?.delta.role)).toHaveLength(1);
  expect(response.headers.get('x-llmproxy-attempts')).toBe('2');
  await expectBlamed(bed, row);
});

test.each(['created', 'in_progress', 'output_item.added'])('a Responses stream cut around %s', async (event) => {
  await using bed = await startBed(spare);
  const openers = ['created', 'in_progress', 'output_item.added'].indexOf(event) + 1;
  await bed.mocks[0]!.fault({ fault: { kind: 'cut', afterEvents: openers } });
  const request = { model: 'gpt-4o-mini', input: 'hi', stream: true } as const;
  const { data, response } = await bed.client().responses.create(request).withResponse();
  const read = collect(data);
  if (event === 'output_item.added') {
    // The item proves that the answer has begun: too late for another endpoint.
    await expect(read).rejects.toThrow();
    expect(await bed.sequence()).toBe('a');
  } else {
    expect((await read).at(-1)?.type).toBe('response.completed');
    expect(response.headers.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/b');
  }
});

test.each([400, 404, 409, 413, 415, 422])(
  'status %i is the client’s affair: relayed, tried once, blamed on no endpoint',
  async (code) => {
    await using bed = await startBed(spare);
    const body = { error: { message: 'Wrong.', type: 'invalid_request_error', param: 'x', code: 'y' } };
    await bed.mocks[0]!.fault({ fault: { kind: 'status', status: code, body } });
    await expect(bed.client().chat.completions.create(chat('hi'))).rejects.toMatchObject({ status: code, code: 'y' });
    expect(await bed.sequence()).toBe('a');
    expect((await bed.stats()).endpoints[0]).toMatchObject({ failures: 0, state: 'admitting' });
  },
);

test('a prompt too long for one endpoint goes to one with a larger window, and to no other', async () => {
  await using bed = await startBed({
    mocks: 3,
    endpoints: [
      { weight: 100, context_window: 8000 },
      { weight: 10, context_window: 4000 },
      { weight: 1, context_window: 128_000 },
    ],
  });
  const error = {
    message: 'Too long.',
    type: 'invalid_request_error',
    param: 'messages',
    code: 'context_length_exceeded',
  };
  await bed.mocks[0]!.fault({ fault: { kind: 'status', status: 400, body: { error } } });
  const { response } = await bed.client().chat.completions.create(chat('hi')).withResponse();
  expect(response.headers.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/c');
  expect(await bed.sequence()).toBe('ac');
  expect((await bed.stats()).endpoints[0]).toMatchObject({ failures: 0, state: 'admitting' });
});

test('an address without a listener is skipped', async () => {
  await using bed = await startBed(spare);
  await bed.mocks[0]!.close();
  const { response } = await bed.client().chat.completions.create(chat('hi')).withResponse();
  expect(response.headers.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/b');
  expect((await bed.stats()).endpoints[0]).toMatchObject({ last_error: { kind: 'refused' } });
});

test('a kept connection that has died in between costs nothing: the same endpoint is asked again', async () => {
  await using bed = await startBed(spare);
  await bed.client().chat.completions.create(chat('first'));
  await bed.mocks[0]!.fault({ times: 1, fault: { kind: 'cut' } });
  const { response } = await bed.client().chat.completions.create(chat('second')).withResponse();
  expect(response.headers.get('x-llmproxy-endpoint')).toBe('gpt-4o-mini/a');
  expect(response.headers.get('x-llmproxy-attempts')).toBe('1');
  expect((await bed.stats()).endpoints[0]).toMatchObject({ failures: 0 });
});

test('each endpoint is tried once and no more than `attempts` of them', async () => {
  await using bed = await startBed({ mocks: 4, model: { routing: { attempts: 3 } } });
  for (const mock of bed.mocks) await mock.fault({ fault: status(500) });
  const error = await bed
    .client()
    .chat.completions.create(chat('hi'))
    .catch((thrown: unknown) => thrown as APIError);
  expect(error).toMatchObject({ status: 500 });
  expect((error as APIError).headers?.get('x-llmproxy-attempts')).toBe('3');
  const sequence = await bed.sequence();
  expect(sequence).toHaveLength(3);
  expect(new Set(sequence).size).toBe(3);
});

test('the last error that an endpoint gave is shown, not one of our own', async () => {
  await using bed = await startBed(spare);
  await bed.mocks[0]!.fault({ fault: status(503, { body: { error: { message: 'A is ill.', code: 'a_ill' } } }) });
  await bed.mocks[1]!.fault({ fault: status(500, { body: { error: { message: 'B is ill.', code: 'b_ill' } } }) });
  await expect(bed.client().chat.completions.create(chat('hi'))).rejects.toMatchObject({ status: 500, code: 'b_ill' });
});

test('an endpoint’s own error is shown also when a later endpoint could not even be reached', async () => {
  await using bed = await startBed(spare);
  await bed.mocks[0]!.fault({ fault: status(503, { body: { error: { message: 'A is ill.', code: 'a_ill' } } }) });
  await bed.mocks[1]!.close();
  await expect(bed.client().chat.completions.create(chat('hi'))).rejects.toMatchObject({ status: 503, code: 'a_ill' });
});

test.each([
  ['no endpoint can be reached', { kind: 'cut' }, 502, 'upstream_failed'],
  ['no endpoint answers in time', { kind: 'hang' }, 504, 'upstream_timeout'],
  ['no endpoint answers as asked', { kind: 'empty' }, 502, 'upstream_failed'],
] as const)('%s: the error says what became of the last attempt', async (_what, fault, code, name) => {
  await using bed = await startBed(fault.kind === 'hang' ? impatient : spare);
  for (const mock of bed.mocks) await mock.fault({ fault });
  await expect(bed.client().chat.completions.create(chat(nonce()))).rejects.toMatchObject({ status: code, code: name });
  expect(await bed.sequence()).toBe('ab');
});

test('a refused key or an empty purse everywhere tells the SDK not to try again', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ fault: status(429, { body: quota }) });
  const call = bed.client({ maxRetries: 3 }).chat.completions.create(chat('hi'));
  await expect(call).rejects.toMatchObject({ status: 429, code: 'insufficient_quota' });
  expect(await bed.requests()).toHaveLength(1);
});

test('where no endpoint listens the client gets 502 in its own shape', async () => {
  const endpoint = { provider: 'openai', name: 'x', base_url: 'http://127.0.0.1:9/v1', api_key: 'sk-x' };
  const app = await startApp({ models: { 'gpt-4o-mini': { endpoints: [endpoint] } } });
  const answer = await send(`${app.url}/v1/chat/completions`, { body: chat('hi') });
  await app.close();
  expect(answer.status).toBe(502);
  expect(errorOf(answer)).toMatchObject({ type: 'server_error', code: 'upstream_failed', param: null });
});
