import type { ChatCompletion } from 'openai/resources/chat/completions';
import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile, weatherTool } from './bed.ts';

const bed = judged(bedForFile());
const model = 'gpt-4o-mini';
const asking = (content: string) => ({ model, messages: [{ role: 'user' as const, content }], store: true });

test('only completions created with store are listed, oldest first, with what the request said', async () => {
  const { completions } = bed.client().chat;
  await completions.create({ ...asking('unseen'), store: false });
  const one = await completions.create({ ...asking('2+2'), metadata: { team: 'a' }, temperature: 0.5, user: 'ada' });
  const two = await completions.create({ ...asking('capital of France'), model: 'gpt-4o' });
  const listed: ChatCompletion[] = [];
  for await (const completion of completions.list({ limit: 1 })) listed.push(completion);
  expect(listed.map(({ id }) => id)).toEqual([one.id, two.id]);
  expect(listed[0]).toMatchObject({
    choices: one.choices,
    usage: one.usage,
    request_id: one._request_id,
    metadata: { team: 'a' },
    temperature: 0.5,
    input_user: 'ada',
    tools: null,
  });
});

test('the list is filtered by model and by metadata, and turned around', async () => {
  const { completions } = bed.client().chat;
  const one = await completions.create({ ...asking('a'), metadata: { team: 'a', kind: 'x' } });
  const two = await completions.create({ ...asking('b'), model: 'gpt-4o', metadata: { team: 'a' } });
  const ids = async (query: object) => (await completions.list(query)).data.map(({ id }) => id);
  expect(await ids({ model: 'gpt-4o' })).toEqual([two.id]);
  expect(await ids({ model: two.model })).toEqual([two.id]);
  expect(await ids({ metadata: { team: 'a', kind: 'x' } })).toEqual([one.id]);
  expect(await ids({ order: 'desc' })).toEqual([two.id, one.id]);
  expect(await ids({ after: one.id })).toEqual([two.id]);
  await expect(completions.list({ limit: 101 })).rejects.toMatchObject({ status: 400, param: 'limit' });
});

test('metadata is replaced, the messages are listed, and a deleted completion is gone', async () => {
  const { completions } = bed.client().chat;
  const { id } = await completions.create({
    model,
    store: true,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }], name: 'ada' },
    ],
  });
  expect(await completions.update(id, { metadata: { done: 'yes' } })).toMatchObject({ id, metadata: { done: 'yes' } });
  expect(await completions.retrieve(id)).toMatchObject({ id, metadata: { done: 'yes' } });
  const messages = await completions.messages.list(id);
  expect(messages.data).toMatchObject([
    { id: `${id}-0`, role: 'system', content: 'Be brief.', name: null, content_parts: null },
    { id: `${id}-1`, role: 'user', content: null, name: 'ada', content_parts: [{ type: 'text', text: 'Hi' }] },
  ]);
  expect(await completions.delete(id)).toMatchObject({ object: 'chat.completion.deleted', id, deleted: true });
  await expect(completions.retrieve(id)).rejects.toMatchObject({ status: 404 });
});

const cases = {
  'a text': asking('Count from 1 to 5'),
  'two choices with logprobs': { ...asking('2+2'), n: 2, logprobs: true, top_logprobs: 2 },
  'a tool call': { ...asking('weather?'), tools: [weatherTool] },
  'a reasoning model': { ...asking('2+2'), model: 'gpt-5-mini' },
};

test.each(Object.entries(cases))('a stream with %s is kept as the completion that it was', async (_, body) => {
  const { completions } = bed.client().chat;
  const whole = await completions.create({ ...body, stream: false });
  const stream = await completions.create({ ...body, stream: true, stream_options: { include_usage: true } });
  let id = '';
  for await (const chunk of stream) id = chunk.id;
  const withoutIds = (text: ChatCompletion['choices']) => JSON.stringify(text).replaceAll(/call_\w{24}/g, 'call');
  const kept = await completions.retrieve(id);
  expect(withoutIds(kept.choices)).toBe(withoutIds(whole.choices));
  expect(kept.usage).toEqual(whole.usage);
});
