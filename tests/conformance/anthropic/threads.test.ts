import { expect, test } from 'vitest';
import { anthropicBed, ask, model, weatherTool } from './bed.ts';

const bed = anthropicBed({ strictness: 'openai' });

test('a thread is kept here, and lost threads are made anew by the client', async () => {
  const thread = bed.client().beta.messages.thread({ model, max_tokens: 300, system: 'Be brief.' });
  await thread.send(ask('My name is Ada.'));
  const answer = await thread.send(ask('What is my name?'));
  expect(answer.content[0]).toMatchObject({ text: expect.stringContaining('Ada') as string });
  const requests = await bed.mock.requests();
  expect(requests.map(({ body }) => body)).toMatchObject([
    { thread: { type: 'create' }, messages: [{ role: 'user' }] },
    { thread: { type: 'continue' }, messages: [{ role: 'user' }] },
  ]);
  await bed.mock.reset();
  const again = await thread.send(ask('And what is it now?'));
  expect(again.stop_reason).toBe('end_turn');
  expect((await bed.mock.requests()).map(({ status }) => status)).toEqual([404, 200]);
});

test('rules read what a thread keeps: its turns, its calls, its tools and its system text', async () => {
  const thread = bed
    .client()
    .beta.messages.thread({ model, max_tokens: 300, system: 'Be brief.', tools: [weatherTool] });
  const call = { name: 'get_weather', arguments: { city: 'Oslo' } };
  await bed.mock.answer({ match: { turn: 1 }, reply: { toolCalls: [call] } });
  await bed.mock.answer({
    match: { turn: 2, toolResultOf: 'get_weather', tools: 'get_weather', system: 'Be brief.' },
    reply: 'It rains.',
  });
  const { content } = await thread.send(ask('How is the weather?'));
  const [use] = content.filter((block) => block.type === 'tool_use');
  const result = { type: 'tool_result' as const, tool_use_id: use?.id ?? '', content: 'rain' };
  const answer = await thread.send({ role: 'user', content: [result] });
  expect(answer.content).toMatchObject([{ type: 'text', text: 'It rains.' }]);
  expect((await bed.mock.requests()).map(({ body }) => body)).toMatchObject([{}, { thread: { type: 'continue' } }]);
});
