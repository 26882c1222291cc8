import { describe, expect, test } from 'vitest';
import { chat } from '../../proxy/translate/chat/index.ts';
import { context, payloads } from '../../proxy/translate/openai-families.fixture.ts';
import { responses } from '../../proxy/translate/responses/index.ts';
import type { Step } from '../../proxy/translate/steps.ts';
import { Judge, specificationIsThere } from './judge.ts';

/** Answers that the proxy writes for clients of OpenAI's families, judged by the published specification. */
const ending: Step[] = [
  { kind: 'usage', usage: { input: 10, output: 5, cacheRead: 4, cacheWrite: 1, reasoning: 2 }, serviceTier: 'default' },
  { kind: 'end' },
];
const finish = (cause: Extract<Step, { kind: 'finish' }>['cause']): Step => ({ kind: 'finish', choice: 0, cause });
const start: Step = { kind: 'start', id: 'x', model: 'claude-sonnet-4-5' };
const logprobs = [{ token: 'x', logprob: -1, bytes: [120], top_logprobs: [] }];
const text: Step[] = [
  { kind: 'text-start', block: 0, choice: 0 },
  { kind: 'text-delta', block: 0, text: 'x', logprobs },
  { kind: 'text-delta', block: 0, text: 'y' },
  { kind: 'citation', block: 0, citation: { url: 'https://x.test', title: 'X' } },
  { kind: 'block-end', block: 0 },
];
const thought: Step[] = [
  { kind: 'reasoning-start', block: 1, choice: 0 },
  { kind: 'reasoning-delta', block: 1, text: 'hm' },
  { kind: 'seal', block: 1, seal: { family: 'messages', model: 'claude', value: 'sig' } },
  { kind: 'block-end', block: 1 },
];
const call = (block: number, custom: boolean): Step[] => [
  { kind: 'call-start', block, choice: 0, id: `call_${block}`, name: 'f', ...(custom ? { custom } : {}) },
  { kind: 'call-delta', block, input: '{}' },
  { kind: 'seal', block, seal: { family: 'gemini', model: 'gemini', value: 'sig' } },
  { kind: 'block-end', block },
];

const ANSWERS: Readonly<Record<string, Step[]>> = {
  text: [start, ...text, finish('stop'), ...ending],
  'reasoning and calls': [
    start,
    ...thought,
    ...text,
    ...call(2, false),
    ...call(3, true),
    finish('tool_calls'),
    ...ending,
  ],
  'a refusal': [
    start,
    { kind: 'refusal-delta', block: 0, choice: 0, text: 'no' },
    { kind: 'block-end', block: 0 },
    finish('refusal'),
    ...ending,
  ],
  'a limit': [start, ...text, finish('length'), ...ending],
  'a filter': [start, finish('filter'), ...ending],
  'no usage': [start, ...text, finish('stop'), { kind: 'end' }],
};

const request = {
  model: 'm',
  input: 'hi',
  instructions: 'be brief',
  tools: [
    { type: 'function', name: 'f' },
    { type: 'custom', name: 'c' },
  ],
  text: { format: { type: 'json_schema', name: 'n', schema: {} } },
  reasoning: { effort: 'low' },
  tool_choice: 'auto',
  metadata: { a: 'b' },
};

describe.skipIf(!specificationIsThere).each(Object.entries(ANSWERS))('%s', (_, steps) => {
  const judge = new Judge();

  test('fits the specification as a chat completion and as its chunks', () => {
    const writer = chat.answerWriter(context());
    const chunks = payloads(Buffer.concat([...writer.events(steps)]));
    // The schema of chunks knows no custom tools, which unary answers have.
    const known = chunks.filter((chunk) => !JSON.stringify(chunk).includes('"custom"'));
    for (const chunk of known) judge.component('CreateChatCompletionStreamResponse', chunk);
    judge.answer('POST', '/v1/chat/completions', JSON.parse(chat.answerWriter(context()).body(steps).toString()));
    expect(chunks.length).toBeGreaterThan(1);
  });

  test('fits the specification as a response and as its events', () => {
    const writer = responses.answerWriter(context({ request }));
    const events = payloads(Buffer.concat([...writer.events(steps)])) as { type: string }[];
    for (const event of events) judge.event(event);
    judge.answer(
      'POST',
      '/v1/responses',
      JSON.parse(responses.answerWriter(context({ request })).body(steps).toString()),
    );
    expect(events.at(-1)?.type).toMatch(/^response\.(?:completed|incomplete)$/);
  });
});
