import { ResponsesWS } from 'openai/resources/responses/ws';
import { expect, onTestFinished, test } from 'vitest';
import { bedForFile } from './bed.ts';
import type { Heard } from './sockets.ts';
import { Talk } from './sockets.ts';

const bed = bedForFile();

interface Conversation {
  readonly ws: ResponsesWS;
  readonly talk: Talk;
  readonly errors: Error[];
  readonly create: (body: object) => void;
}

function connected(): Conversation {
  const ws = new ResponsesWS(bed.client());
  const talk = new Talk();
  const errors: Error[] = [];
  ws.on('event', (event) => talk.push(event));
  ws.on('error', (error) => errors.push(error));
  onTestFinished(() => ws.close());
  const create = (body: object): void => ws.send({ type: 'response.create', model: 'gpt-4o-mini', ...body } as never);
  return { ws, talk, errors, create };
}

const idOf = (event: Heard): string => (event as unknown as { response: { id: string } }).response.id;
const COUNT = 'Count from 1 to 5';

test('a response comes as the events of a stream, numbered from 0, and many go over one socket', async () => {
  const { talk, create } = connected();
  create({ input: COUNT, stream: true });
  const first = await talk.next('response.completed');
  expect(talk.heard.map((event) => event['sequence_number'])).toEqual(talk.heard.map((_, at) => at));
  expect(talk.between('response.created', 'response.completed')).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
  expect(talk.all('response.output_text.done')[0]).toMatchObject({ text: '1\n2\n3\n4\n5' });
  create({ input: 'Say hello', previous_response_id: idOf(first) });
  expect(await talk.next('response.created', 2)).toMatchObject({
    sequence_number: 0,
    response: { previous_response_id: idOf(first) },
  });
  const stored = await bed.client().responses.retrieve(idOf(await talk.next('response.completed', 2)));
  expect(stored.status).toBe('completed');
});

test('what is not stored can be gone on from on its own socket alone, and not after a failure', async () => {
  const { talk, create } = connected();
  create({ input: COUNT, store: false });
  const first = idOf(await talk.next('response.completed'));
  const other = connected();
  other.create({ input: 'more', previous_response_id: first, store: false });
  expect(await other.talk.next('error')).toMatchObject({
    status: 400,
    error: { code: 'previous_response_not_found', message: `Previous response with id '${first}' not found.` },
  });
  create({ input: 'more', previous_response_id: first, store: false });
  const second = idOf(await talk.next('response.completed', 2));
  create({ input: 'more', previous_response_id: first, store: false });
  expect(await talk.next('error')).toMatchObject({ error: { code: 'previous_response_not_found' } });
  create({ input: 'more', previous_response_id: second, store: false });
  expect(await talk.next('error', 2)).toMatchObject({ error: { code: 'previous_response_not_found' } });
  const [question] = (await bed.mock.requests({ operation: 'responses' })).slice(-1);
  expect(question).toMatchObject({ method: 'WS', body: { previous_response_id: second }, status: 400 });
});

test('a warm-up has no output, but an id to go on from', async () => {
  const { talk, create } = connected();
  create({ input: COUNT, store: false, generate: false });
  const warm = await talk.next('response.completed');
  expect(warm).toMatchObject({ response: { output: [] } });
  create({ input: 'go on', store: false, previous_response_id: idOf(warm) });
  await talk.next('response.completed', 2);
});

test('lanes run beside one another, each in its own order, and every event names its lane', async () => {
  await bed.mock.pace({ tokensPerSecond: 50 });
  const { talk, create } = connected();
  create({ input: COUNT, stream_id: 'a' });
  create({ input: 'Say hello', stream_id: 'a' });
  create({ input: COUNT, stream_id: 'b' });
  await talk.next('response.completed', 3);
  expect(new Set(talk.heard.map((event) => event['stream_id']))).toEqual(new Set(['a', 'b']));
  const lanes = talk.heard.map(({ type, stream_id }) => `${String(stream_id)} ${type}`);
  expect(lanes.indexOf('b response.created')).toBeLessThan(lanes.indexOf('a response.completed'));
  expect(lanes.lastIndexOf('a response.created')).toBeGreaterThan(lanes.indexOf('a response.completed'));
  create({ input: COUNT, stream_id: 'not a name' });
  expect(await talk.next('error')).toMatchObject({ error: { code: 'invalid_stream_id' } });
});

test('input that steers is accepted, and answered by a response that follows by itself', async () => {
  await bed.mock.pace({ tokensPerSecond: 50 });
  const { ws, talk, create } = connected();
  create({ input: COUNT });
  const id = idOf(await talk.next('response.created'));
  ws.send({ type: 'response.steer', previous_response_id: id, input: 'What is 2+2?' });
  expect(await talk.next('response.steer.accepted')).toMatchObject({ steer: { previous_response_id: id } });
  expect(await talk.next('response.created', 2)).toMatchObject({ response: { previous_response_id: id } });
  expect(await talk.next('response.output_text.done', 2)).toMatchObject({ text: '4' });
  ws.send({ type: 'response.steer', previous_response_id: id, input: 'again' });
  expect(await talk.next('response.steer.failed')).toMatchObject({ error: { code: 'response_already_completed' } });
});

test('errors keep the socket: of the request, of a rule, of a fault', async () => {
  await bed.mock.script([
    { match: { text: 'busy' }, answer: { error: { status: 429, headers: { 'retry-after': '3' } } } },
  ]);
  await bed.mock.fault({ match: { text: 'broken' }, fault: 'server-error', times: 1 });
  const { ws, talk, create, errors } = connected();
  create({ input: 'x', background: true });
  ws.sendRaw('no JSON');
  create({ input: 'busy' });
  create({ input: 'broken' });
  await talk.next('error', 4);
  expect(talk.all('error')).toMatchObject([
    { status: 400, error: { param: 'background' } },
    { status: 400, error: { code: 'invalid_json' } },
    { status: 429, error: { code: 'rate_limit_exceeded', headers: { 'retry-after': '3' } } },
    { status: 500, error: { type: 'server_error' } },
  ]);
  create({ input: COUNT });
  await talk.next('response.completed');
  expect(errors).toHaveLength(4);
});

test('a stream that breaks off over HTTP ends the socket', async () => {
  await bed.mock.fault({ match: { operation: 'responses' }, fault: { kind: 'cut', afterEvents: 3 } });
  const { ws, talk, create } = connected();
  const closed = new Promise((resolve) => ws.on('close', resolve));
  create({ input: COUNT });
  await closed;
  expect(talk.heard).toHaveLength(3);
});
