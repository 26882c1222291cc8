import { expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { bedForFile } from './bed.ts';
import { realtime, said } from './sockets.ts';

const bed = bedForFile({ tls: true });
const TEXT = { type: 'realtime' as const, output_modalities: ['text' as const] };

test('a response outside of the conversation runs beside another one, and leaves nothing behind', async () => {
  await bed.mock.pace({ tokensPerSecond: 100 });
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send({ type: 'session.update', session: TEXT });
  send(said('Count from 1 to 5'));
  send({ type: 'response.create' });
  await talk.next('response.output_text.delta');
  const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What is 2+2?' }] }];
  send({ type: 'response.create', response: { conversation: 'none', metadata: { kind: 'check' }, input } as never });
  await talk.next('response.done', 2);
  const all = talk.all('response.done').map(({ response }) => response as Record<string, unknown>);
  const outside = all.find(({ conversation_id: id }) => id === null)!;
  expect(outside).toMatchObject({ metadata: { kind: 'check' }, output: [{ content: [{ text: '4' }] }] });
  const added = talk.all('conversation.item.added').map(({ item }) => (item as { id: string }).id);
  expect(added).toHaveLength(2);
  expect(added).not.toContain((outside['output'] as { id: string }[])[0]!.id);
});

test('an answer that is too long is incomplete', async () => {
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send({ type: 'session.update', session: { ...TEXT, max_output_tokens: 3 } });
  send(said('Count from 1 to 5'));
  send({ type: 'response.create' });
  expect(await talk.next('response.done')).toMatchObject({
    response: {
      status: 'incomplete',
      status_details: { type: 'incomplete', reason: 'max_output_tokens' },
      output: [{ status: 'incomplete', content: [{ text: '1\n2' }] }],
      max_output_tokens: 3,
    },
  });
});

test('items are put where they are said to be, and removed; what follows reads them in that order', async () => {
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send({ type: 'session.update', session: TEXT });
  const item = (id: string, text: string) => ({
    id,
    type: 'message' as const,
    role: 'user' as const,
    content: [{ type: 'input_text' as const, text }],
  });
  send({ type: 'conversation.item.create', item: item('item_b', 'two') });
  send({ type: 'conversation.item.create', item: item('item_a', 'one'), previous_item_id: 'root' });
  send({ type: 'conversation.item.create', item: item('item_c', 'three'), previous_item_id: 'item_a' });
  send({ type: 'conversation.item.create', item: item('item_a', 'again') });
  send({ type: 'conversation.item.create', item: item('item_d', 'lost'), previous_item_id: 'item_x' });
  send({ type: 'conversation.item.delete', item_id: 'item_b' });
  send({ type: 'response.create' });
  await talk.next('response.done');
  expect(talk.all('conversation.item.added').map((event) => event['previous_item_id'])).toEqual([
    null,
    null,
    'item_a',
    'item_c',
  ]);
  expect(talk.all('error')).toHaveLength(2);
  const [answer] = await bed.mock.requests({ operation: 'realtime.response' });
  const { input } = answer!.body as { input: { id: string }[] };
  expect(input.map(({ id }) => id)).toEqual(['item_a', 'item_c']);
});

test('a voice cannot be changed once it was heard, and telephone sound has a byte for a sample', async () => {
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  const output = { format: { type: 'audio/pcmu' as const }, voice: 'cedar' };
  send({ type: 'session.update', session: { type: 'realtime', audio: { output } } });
  send(said('What is 2+2?'));
  send({ type: 'response.create' });
  await talk.next('response.done');
  const sound = talk.all('response.output_audio.delta').map(({ delta }) => Buffer.from(String(delta), 'base64'));
  expect(Buffer.concat(sound)).toHaveLength(400 * 8);
  send({ type: 'session.update', session: { type: 'realtime', audio: { output: { voice: 'marin' } } } });
  expect(await talk.next('error')).toMatchObject({ error: { code: 'cannot_update_voice' } });
});

test('a model that says what it does marks it, and begins the call before it has ended its words', async () => {
  await bed.mock.answer({
    match: { text: 'order' },
    reply: { text: 'One moment.', toolCalls: [{ name: 'find_order', arguments: { id: 7 } }] },
  });
  const { talk, send } = realtime(bed, { model: 'gpt-realtime-2.1' });
  await talk.next('session.created');
  send({ type: 'session.update', session: TEXT });
  send(said('my order'));
  send({ type: 'response.create' });
  expect(await talk.next('response.done')).toMatchObject({
    response: { output: [{ phase: 'commentary' }, { type: 'function_call', arguments: '{"id":7}' }] },
  });
  const types = talk.types;
  expect(types.lastIndexOf('response.output_item.added')).toBeLessThan(types.indexOf('response.output_text.done'));
});

test('under strictness a field that the provider does not know is refused by its path', async () => {
  await bed.mock.strictness('openai');
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  const tool = { type: 'function', name: 'f', parameters: {}, meta: 1 } as never;
  send({ type: 'session.update', session: { type: 'realtime', tools: [tool] } });
  expect(await talk.next('error')).toMatchObject({
    error: { code: 'unknown_parameter', message: "Unknown parameter: 'session.tools[0].meta'." },
  });
  expect(talk.types).not.toContain('session.updated');
});

test('silence is broken by the model, when the session has a time for that', async () => {
  await using mock = await startMock({ tls: true, clock: 'virtual' });
  const { talk, send } = realtime({ ...bed, mock, client: (over) => bed.client({ baseURL: mock.baseURL, ...over }) });
  await talk.next('session.created');
  const detection = { type: 'server_vad', idle_timeout_ms: 6000 } as never;
  send({ type: 'session.update', session: { ...TEXT, audio: { input: { turn_detection: detection } } } });
  await talk.next('session.updated');
  await mock.clock.advance(5999);
  expect(talk.types).not.toContain('input_audio_buffer.timeout_triggered');
  await mock.clock.advance(1);
  const timeout = await talk.next('input_audio_buffer.timeout_triggered');
  await talk.next('response.done');
  expect(talk.between('input_audio_buffer.timeout_triggered', 'response.created')).toEqual([
    'input_audio_buffer.timeout_triggered',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
  ]);
  expect(talk.all('input_audio_buffer.committed')[0]).toMatchObject({ item_id: timeout['item_id'] });
});
