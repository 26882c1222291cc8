import type { OpenAI } from 'openai';
import { expect, test } from 'vitest';
import { needsMock, needsModel } from '../setup/needs.ts';
import { chat, collect, nonce, seenWith, sharedClient, textOf } from './ask.ts';
import { MODEL, startBed } from './bed.ts';

test('the chunks of a stream make the answer, and no usage is shown that was not asked for', async (context) => {
  needsModel(context, MODEL);
  const stream = await sharedClient().chat.completions.create({ ...chat(`Write about ${nonce()}`), stream: true });
  const chunks = await collect(stream);
  expect(textOf(chunks)).not.toBe('');
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  expect(chunks.filter((chunk) => 'usage' in chunk)).toEqual([]);
});

test('usage comes as the last chunk when it is asked for', async (context) => {
  needsModel(context, MODEL);
  const request = { ...chat(nonce()), stream: true, stream_options: { include_usage: true } } as const;
  const chunks = await collect(await sharedClient().chat.completions.create(request));
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) as number } });
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
});

test('the first chunk is here while the endpoint still generates', async () => {
  await using bed = await startBed();
  await bed.mock.fault({ fault: { kind: 'hang', afterEvents: 3 } });
  const stream = await bed.client().chat.completions.create({ ...chat('Count from 1 to 5'), stream: true });
  const seen: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) {
    seen.push(chunk);
    if (textOf(seen) !== '') break;
  }
  expect(textOf(seen)).toMatch(/^1/);
  await expect.poll(async () => (await bed.requests())[0]?.aborted).toBe(true);
});

test('the stream helper ends with what the same request gives in one piece', async (context) => {
  needsMock(context);
  const request = chat(`Count from 1 to 5 ${nonce()}`);
  const cacheless = { headers: { 'cache-control': 'no-cache, no-store' } };
  const whole = await sharedClient().chat.completions.create(request, cacheless);
  const final = await sharedClient().chat.completions.stream(request, cacheless).finalChatCompletion();
  expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
  expect(final.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason);
});

test('a stream of tool calls is put together by the helper', async (context) => {
  needsMock(context);
  const word = nonce();
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const final = await sharedClient()
    .chat.completions.stream({
      ...chat(`Weather of ${word}?`),
      tools: [{ type: 'function', function: { name: 'get_weather', parameters } }],
      tool_choice: 'required',
    })
    .finalChatCompletion();
  expect(final.choices[0]?.finish_reason).toBe('tool_calls');
  const call = final.choices[0]?.message.tool_calls?.[0];
  expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
  expect(await seenWith(word)).toHaveLength(1);
});

test('an unknown model is an error and no stream', async () => {
  const request = { ...chat('hi'), model: `no-such-${nonce()}`, stream: true } as const;
  await expect(sharedClient().chat.completions.create(request)).rejects.toMatchObject({ status: 404 });
});

test('legacy completions stream as well', async (context) => {
  needsMock(context);
  const request = { model: 'gpt-3.5-turbo-instruct', prompt: `What is 2+2? ${nonce()}`, stream: true } as const;
  const chunks = await collect(await sharedClient().completions.create(request));
  expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe('4');
});
