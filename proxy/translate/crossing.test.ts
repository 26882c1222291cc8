import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../core/json.ts';
import { parseEvent } from '../wire/sse-event.ts';
import { EventSplitter } from '../wire/sse.ts';
import type { Family, Seal } from './conversation.ts';
import type { Step, StopCause } from './steps.ts';
import { translatorOf } from './table.ts';
import { contextFor, targetFor } from './translate.fixture.ts';
import { AnswerTranslation } from './translation.ts';

const FAMILIES: readonly Family[] = ['chat', 'responses', 'messages', 'gemini'];
const PAIRS = FAMILIES.flatMap((from) => FAMILIES.map((to) => [from, to] as const)).filter(([from, to]) => from !== to);

/** What an answer says, without how it is cut. */
interface Said {
  readonly thought: string;
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly input: Json }[];
  readonly cause: StopCause | undefined;
  readonly usage: object | undefined;
  readonly ended: boolean;
}

function said(steps: readonly Step[]): Said {
  let thought = '';
  let text = '';
  const calls = new Map<number, { name: string; input: string }>();
  let cause: StopCause | undefined;
  let usage: object | undefined;
  for (const step of steps) {
    if (step.kind === 'reasoning-delta') thought += step.text;
    else if (step.kind === 'text-delta') text += step.text;
    else if (step.kind === 'call-start') calls.set(step.block, { name: step.name, input: '' });
    else if (step.kind === 'call-delta') {
      const call = calls.get(step.block);
      if (call !== undefined) call.input += step.input;
    } else if (step.kind === 'finish') cause = step.cause;
    // Anthropic says zero where others say nothing.
    else if (step.kind === 'usage') usage = { cacheWrite: 0, ...step.usage };
    else if (step.kind === 'error') throw new Error(step.message);
  }
  return {
    thought,
    text,
    calls: [...calls.values()].map(({ name, input }) => ({
      name,
      input: JSON.parse(input === '' ? '{}' : input) as Json,
    })),
    cause,
    usage,
    ended: steps.at(-1)?.kind === 'end',
  };
}

interface Answer {
  readonly thought: readonly string[];
  readonly text: readonly string[];
  readonly calls: readonly JsonObject[];
  readonly length: boolean;
}

const pieces = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { maxLength: 4 });
const answers: fc.Arbitrary<Answer> = fc.record({
  thought: pieces,
  text: pieces,
  calls: fc.array(
    fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>, {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    {
      maxLength: 3,
    },
  ),
  length: fc.boolean(),
});

/** The answer as an endpoint's reader would tell it, with pieces of all calls by turns. */
function stepsOf({ thought, text, calls, length }: Answer): Step[] {
  const steps: Step[] = [{ kind: 'start', id: 'x1', model: 'maker' }];
  let block = 0;
  if (thought.length > 0) {
    steps.push({ kind: 'reasoning-start', block, choice: 0 });
    for (const words of thought) steps.push({ kind: 'reasoning-delta', block, text: words });
    steps.push({ kind: 'block-end', block });
    block += 1;
  }
  if (text.length > 0) {
    steps.push({ kind: 'text-start', block, choice: 0 });
    for (const words of text) steps.push({ kind: 'text-delta', block, text: words });
    steps.push({ kind: 'block-end', block });
    block += 1;
  }
  const first = block;
  for (const [at] of calls.entries()) {
    steps.push({ kind: 'call-start', block: first + at, choice: 0, id: `call_${at}`, name: `f${at}` });
  }
  for (const half of [0, 1]) {
    for (const [at, args] of calls.entries()) {
      const json = JSON.stringify(args);
      const middle = json.length >> 1;
      steps.push({
        kind: 'call-delta',
        block: first + at,
        input: half === 0 ? json.slice(0, middle) : json.slice(middle),
      });
    }
  }
  for (const [at] of calls.entries()) steps.push({ kind: 'block-end', block: first + at });
  const cause = calls.length > 0 ? 'tool_calls' : length ? 'length' : 'stop';
  steps.push(
    { kind: 'finish', choice: 0, cause },
    { kind: 'usage', usage: { input: 20, output: 9, cacheRead: 5, reasoning: 3 } },
    { kind: 'end' },
  );
  return steps;
}

/** A client's request that declares every call. */
const REQUEST: JsonObject = { tools: [], stream_options: { include_usage: true } };

function streamOf(family: Family, steps: readonly Step[]): Buffer {
  const writer = translatorOf(family).answerWriter(contextFor({ request: REQUEST }));
  return Buffer.concat(steps.flatMap((step) => [...writer.events([step])]));
}

/** The client's stream for an endpoint's. */
function translate(from: Family, to: Family, chunks: readonly Buffer[]): Buffer {
  const translation = new AnswerTranslation({ from, to, context: contextFor({ request: REQUEST }) });
  return Buffer.concat([...chunks.map((chunk) => translation.push(chunk)), translation.end()]);
}

function readStream(family: Family, stream: Buffer): Said {
  const seen: Step[] = [];
  const reader = translatorOf(family).answerReader();
  for (const bytes of new EventSplitter().push(stream)) {
    const { event, data } = parseEvent(bytes);
    seen.push(...reader.event(event, data));
  }
  return said([...seen, ...reader.end()].filter(({ kind }, at, all) => kind !== 'end' || at === all.length - 1));
}

describe.each(PAIRS)('an answer of %s for a client of %s', (from, to) => {
  it('says the same as a stream and as a body, and as it was', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const steps = stepsOf(answer);
        const expected = said(steps);
        const streamed = readStream(to, translate(from, to, [streamOf(from, steps)]));
        const whole = translatorOf(from)
          .answerWriter(contextFor({ request: REQUEST }))
          .body(steps);
        const translation = new AnswerTranslation({ from, to, context: contextFor({ request: REQUEST }) });
        const unary = said(translatorOf(to).answerReader().body(translation.body(whole)));
        expect(streamed).toEqual(expected);
        expect(unary).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('is the same bytes wherever the endpoint’s stream is cut', () => {
    const steps = stepsOf({ thought: ['Hm'], text: ['é', '😀'], calls: [{ a: 'ü' }, {}], length: false });
    const stream = streamOf(from, steps);
    const expected = translate(from, to, [stream]).toString();
    const single = [...stream].map((byte) => Buffer.from([byte]));
    expect(translate(from, to, single).toString()).toBe(expected);
    for (let at = 0; at <= stream.length; at += 23) {
      expect(translate(from, to, [stream.subarray(0, at), stream.subarray(at)]).toString()).toBe(expected);
    }
  });

  it('never ends when the endpoint’s stream breaks off', () => {
    const steps = stepsOf({ thought: [], text: ['one', 'two'], calls: [], length: false });
    const cut = streamOf(from, steps.slice(0, -3));
    expect(readStream(to, translate(from, to, [cut])).ended).toBe(false);
  });
});

/** The history entries that a client makes of a whole answer. */
function historyOf(family: Family, answer: JsonObject): JsonObject {
  switch (family) {
    case 'chat': {
      const [choice] = answer['choices'] as { message: JsonObject }[];
      return {
        messages: [
          { role: 'user', content: 'go' },
          choice?.message ?? {},
          { role: 'tool', tool_call_id: 'call_1', content: '1' },
        ],
      };
    }
    case 'responses':
      return {
        input: [
          { role: 'user', content: 'go' },
          ...(answer['output'] as JsonObject[]),
          { type: 'function_call_output', call_id: 'call_1', output: '1' },
        ],
      };
    case 'messages':
      return {
        max_tokens: 99,
        messages: [
          { role: 'user', content: 'go' },
          { role: 'assistant', content: answer['content'] ?? [] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: '1' }] },
        ],
      };
    default: {
      const [candidate] = answer['candidates'] as { content: JsonObject }[];
      return {
        contents: [
          { role: 'user', parts: [{ text: 'go' }] },
          candidate?.content ?? {},
          { role: 'user', parts: [{ functionResponse: { name: 'f', response: { result: '1' }, id: 'call_1' } }] },
        ],
      };
    }
  }
}

/** A thought with its seal, and a call: a sealed one at Google. */
function sealedSteps(maker: Family, redacted: boolean): Step[] {
  const seal: Seal = {
    family: maker,
    model: 'maker',
    value: 'c2VhbA==',
    ...(maker === 'responses' ? { id: 'rs_1' } : {}),
  };
  const call: Step[] = [
    { kind: 'call-start', block: 1, choice: 0, id: 'call_1', name: 'f' },
    { kind: 'call-delta', block: 1, input: '{"a":1}' },
    ...(maker === 'gemini' ? [{ kind: 'seal', block: 1, seal } as const] : []),
    { kind: 'block-end', block: 1 },
  ];
  const thought: Step[] = [
    { kind: 'reasoning-start', block: 0, choice: 0 },
    ...(redacted ? [] : [{ kind: 'reasoning-delta', block: 0, text: 'SECRET' } as const]),
    { kind: 'seal', block: 0, seal, ...(redacted ? { redacted } : {}) },
    { kind: 'block-end', block: 0 },
  ];
  return [
    { kind: 'start', id: 'x', model: 'maker' },
    ...(maker === 'gemini' ? [] : thought),
    ...call,
    { kind: 'finish', choice: 0, cause: 'tool_calls' },
    { kind: 'usage', usage: { input: 1, output: 1 } },
    { kind: 'end' },
  ];
}

const MODELS: Readonly<Record<Family, string>> = {
  chat: 'gpt-5',
  responses: 'gpt-5',
  messages: 'claude-sonnet-4-5',
  gemini: 'gemini-3-pro-preview',
};

describe.each(
  (['messages', 'gemini', 'responses'] as const).flatMap((maker) => FAMILIES.map((client) => [maker, client] as const)),
)('a seal of %s that a client of %s brings back', (maker, client) => {
  const cases = maker === 'gemini' ? [false] : [false, true];

  it.each(cases)('goes to its maker as it was (redacted: %s), and to no other family', (redacted) => {
    const answer = JSON.parse(
      translatorOf(client)
        .answerWriter(contextFor({ request: REQUEST }))
        .body(sealedSteps(maker, redacted))
        .toString(),
    ) as JsonObject;
    const head = { stream: false, model: 'm' };
    const body = { model: 'm', ...historyOf(client, answer) };
    const conversation = translatorOf(client).readRequest(body, head);
    const back = JSON.stringify(translatorOf(maker).writeRequest(conversation, targetFor(MODELS[maker])).body);
    expect(back).toContain('"c2VhbA=="');
    for (const other of FAMILIES.filter((family) => family !== maker && family !== client)) {
      const acceptsSeal = ({ family }: Seal) => family === other;
      const written = translatorOf(other).writeRequest(conversation, targetFor(MODELS[other], { acceptsSeal }));
      expect(JSON.stringify(written.body)).not.toContain('c2VhbA==');
      expect(JSON.stringify(written.body)).not.toContain('SECRET');
      if (maker !== 'gemini' || other === 'messages') expect(written.dropped).toContain('reasoning');
    }
  });
});
