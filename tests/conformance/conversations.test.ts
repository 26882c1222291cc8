import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const bed = judged(bedForFile());
const model = 'gpt-4o-mini';

test('a conversation is made, read, relabelled and deleted', async () => {
  const { conversations } = bed.client();
  const made = await conversations.create({ metadata: { topic: 'one' } });
  expect(made).toMatchObject({ object: 'conversation', metadata: { topic: 'one' } });
  expect(made.id).toMatch(/^conv_[0-9a-f]{48}$/);
  await conversations.update(made.id, { metadata: { topic: 'two' } });
  expect(await conversations.retrieve(made.id)).toMatchObject({ id: made.id, metadata: { topic: 'two' } });
  expect(await conversations.delete(made.id)).toMatchObject({ object: 'conversation.deleted', deleted: true });
  await expect(conversations.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
});

test('items are added, listed in pages of either order, read and taken out', async () => {
  const { conversations } = bed.client();
  const { id } = await conversations.create({ items: [{ role: 'user', content: 'first' }] });
  const added = await conversations.items.create(id, {
    items: ['second', 'third'].map((content) => ({ role: 'user' as const, content })),
  });
  expect(added.data).toHaveLength(2);
  const texts: unknown[] = [];
  for await (const item of conversations.items.list(id, { order: 'asc', limit: 2 })) texts.push(item);
  expect(texts).toMatchObject(
    ['first', 'second', 'third'].map((text) => ({
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text }],
    })),
  );
  const newest = await conversations.items.list(id, { limit: 1 });
  expect(newest.data[0]).toMatchObject({ content: [{ text: 'third' }] });
  const last = added.data[1] as { id: string };
  expect(await conversations.items.retrieve(last.id, { conversation_id: id })).toMatchObject({ id: last.id });
  expect(await conversations.items.delete(last.id, { conversation_id: id })).toMatchObject({
    id,
    object: 'conversation',
  });
  await expect(conversations.items.retrieve(last.id, { conversation_id: id })).rejects.toMatchObject({ status: 404 });
});

test('a response in a conversation has read what was said before, and appends input and answer', async () => {
  const client = bed.client();
  const { id } = await client.conversations.create();
  const first = await client.responses.create({ model, input: 'What is 2+2?', conversation: id });
  expect(first.conversation).toEqual({ id });
  const alone = await client.responses.create({ model, input: 'And now?' });
  const second = await client.responses.create({ model, input: 'And now?', conversation: { id } });
  expect(second.usage!.input_tokens).toBeGreaterThan(alone.usage!.input_tokens);
  const { data } = await client.conversations.items.list(id, { order: 'asc' });
  expect(data).toMatchObject([
    { role: 'user', content: [{ type: 'input_text', text: 'What is 2+2?' }] },
    { id: first.output[0]!.id, role: 'assistant', content: [{ type: 'output_text', text: '4' }] },
    { role: 'user' },
    { id: second.output[0]!.id, role: 'assistant' },
  ]);
});

test('a streamed response appends when it has come to its end, one in the background at once', async () => {
  const client = bed.client();
  const { id } = await client.conversations.create();
  const stream = await client.responses.create({ model, input: '2+2', conversation: id, stream: true });
  for await (const event of stream) expect(event.sequence_number).toBeGreaterThanOrEqual(0);
  expect((await client.conversations.items.list(id)).data).toHaveLength(2);
  await client.responses.create({ model, input: 'more', conversation: id, background: true });
  expect((await client.conversations.items.list(id)).data).toHaveLength(4);
});

test('a tool loop runs over a conversation', async () => {
  const client = bed.client();
  const { id } = await client.conversations.create();
  const tools = [{ type: 'function' as const, name: 'get_weather', parameters: {}, strict: false }];
  const asked = await client.responses.create({ model, input: 'weather?', conversation: id, tools });
  const call = asked.output.find((item) => item.type === 'function_call')!;
  const answered = await client.responses.create({
    model,
    conversation: id,
    tools,
    input: [{ type: 'function_call_output', call_id: call.call_id, output: 'sunny' }],
  });
  expect(answered.output_text).toBe('get_weather returned: sunny');
});

test('an unknown conversation is refused, and so is one beside a previous response', async () => {
  const client = bed.client();
  const { id } = await client.conversations.create();
  await expect(client.responses.create({ model, input: 'x', conversation: 'conv_none' })).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining("Conversation with id 'conv_none' not found."),
  });
  const both = { model, input: 'x', conversation: id, previous_response_id: 'resp_1' };
  await expect(client.responses.create(both)).rejects.toMatchObject({
    status: 400,
    code: 'mutually_exclusive_parameters',
  });
});
