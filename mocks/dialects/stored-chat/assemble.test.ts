import { expect, test } from 'vitest';
import type { DialectContext, StreamReply } from '../reply.ts';
import { bodyOf, call, testContext } from '../testing.ts';

const messages = [{ role: 'user', content: 'weather?' }];
const functions = [{ name: 'get_weather', parameters: { type: 'object', properties: {} } }];
const custom = { type: 'custom', custom: { name: 'run_script', description: 'free text' } };
const several = functions.map((made) => ({ type: 'function', function: made }));

interface Listed {
  readonly data: readonly { readonly choices: readonly unknown[]; readonly usage?: unknown }[];
}

/** The choices as they were kept of a whole and of a streamed answer. */
function kept(body: object, over: Partial<DialectContext> = {}) {
  const context = testContext(over);
  const asked = { model: 'gpt-4o', messages, store: true, ...body };
  call('chat.completions', { body: asked }, context);
  const { events } = call('chat.completions', { body: { ...asked, stream: true } }, context) as StreamReply;
  expect([...events].length).toBeGreaterThan(2);
  const { data } = bodyOf(call('chat.completions.list', {}, context)) as Listed;
  const plain = data.map(({ choices }) => JSON.stringify(choices).replaceAll(/call_\w{24}/g, 'call'));
  return { plain, data };
}

test.each([
  ['the older functions', { functions }, {}],
  ['a custom tool', { tools: [custom], tool_choice: { type: 'custom', custom: { name: 'run_script' } } }, {}],
  ['several choices that call', { tools: several, n: 2 }, {}],
  ['a refusal', {}, { scripted: { refusal: 'I cannot help with that.' } }],
  ['a length limit', { max_tokens: 2 }, {}],
])('%s are put together from chunks as they are whole', (_, body, over) => {
  const { plain } = kept(body, over);
  expect(plain).toHaveLength(2);
  expect(plain[1]).toBe(plain[0]);
});

test('without include_usage a streamed completion is kept without usage', () => {
  const { data } = kept({});
  expect(data.map((completion) => 'usage' in completion)).toEqual([true, false]);
});

test('a stream that was not read to its end is not kept', () => {
  const context = testContext();
  const body = { model: 'gpt-4o', messages, store: true, stream: true };
  const { events } = call('chat.completions', { body }, context) as StreamReply;
  const reading = events[Symbol.iterator]();
  reading.next();
  reading.return?.();
  expect(bodyOf(call('chat.completions.list', {}, context))).toMatchObject({ data: [] });
});
