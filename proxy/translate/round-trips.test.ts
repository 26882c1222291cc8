import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chat } from './chat/index.ts';
import type { Conversation, Part, Tool, Turn } from './conversation.ts';
import { context, said, target } from './openai-families.fixture.ts';
import { responses } from './responses/index.ts';
import type { Step } from './steps.ts';
import { splitEvents } from '../wire/sse.ts';
import { parseEvent } from '../wire/sse-event.ts';

/** What is written in a family is read again as it was, as far as the family has words for it. */
const FAMILIES = { chat, responses };
type Name = keyof typeof FAMILIES;
const NAMES = ['chat', 'responses'] as const;

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const name = fc.stringMatching(/^[a-z]{1,8}$/);
const maybe = <T extends object>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof(fc.constant({}), arbitrary) as fc.Arbitrary<Partial<T>>;
const textPart: fc.Arbitrary<Part> = text.map((value) => ({ kind: 'text', text: value }));
const image: fc.Arbitrary<Part> = fc.record({
  kind: fc.constant('image' as const),
  source: fc.constantFrom(
    { kind: 'data' as const, mediaType: 'image/png', base64: 'AAAA' },
    { kind: 'url' as const, url: 'https://x.test/a.png' },
  ),
});
const pdf: fc.Arbitrary<Part> = fc.record({
  kind: fc.constant('document' as const),
  source: fc.constant({ kind: 'data' as const, mediaType: 'application/pdf', base64: 'JVBE' }),
  name: fc.constant('a.pdf'),
});

/** A call and its result, a question or an instruction. */
const exchange: fc.Arbitrary<Turn[]> = fc.oneof(
  fc
    .array(fc.oneof(textPart, image, pdf), { minLength: 1, maxLength: 3 })
    .map((parts): Turn[] => [{ role: 'user', parts }]),
  fc
    .tuple(fc.constantFrom('system' as const, 'developer' as const), textPart)
    .map(([role, part]): Turn[] => [{ role, parts: [part] }]),
  fc
    .tuple(text, fc.array(fc.tuple(name, text, fc.boolean()), { minLength: 1, maxLength: 3 }))
    .map(([words, calls]): Turn[] => [
      {
        role: 'assistant',
        parts: [
          { kind: 'text', text: words },
          ...calls.map(([tool, input, custom], index): Part => ({
            kind: 'call',
            id: `call_${index}`,
            name: tool,
            input,
            ...(custom ? { custom } : {}),
          })),
        ],
      },
      {
        role: 'user',
        parts: calls.map(([tool, input, custom], index): Part => ({
          kind: 'result',
          callId: `call_${index}`,
          name: tool,
          parts: [{ kind: 'text', text: input }],
          ...(custom ? { custom } : {}),
        })),
      },
    ]),
);

const turns = fc
  .array(exchange, { minLength: 1, maxLength: 4 })
  .map((exchanges) => [
    ...exchanges.flatMap((turns, index): Turn[] => turns.map((turn) => renumbered(turn, index))),
    { role: 'user' as const, parts: [{ kind: 'text' as const, text: 'end' }] },
  ]);

/** Ids are the request's own. */
function renumbered(turn: Turn, index: number): Turn {
  const parts = turn.parts.map((part): Part => {
    if (part.kind === 'call') return { ...part, id: `${part.id}_${index}` };
    return part.kind === 'result' ? { ...part, callId: `${part.callId}_${index}` } : part;
  });
  return { ...turn, parts };
}

const tool: fc.Arbitrary<Tool> = fc.oneof(
  fc.record({
    kind: fc.constant('function' as const),
    name,
    description: text,
    parameters: fc.constant({ type: 'object', properties: {} }),
    strict: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('custom' as const),
    name,
    format: fc.constant({ type: 'grammar', syntax: 'lark', definition: 'x' }),
  }),
);
const tools = fc
  .uniqueArray(tool, { minLength: 1, maxLength: 3, selector: (one) => one.name })
  .chain((list) =>
    fc.tuple(
      fc.constant({ tools: list }),
      maybe(fc.record({ parallelCalls: fc.boolean() })),
      maybe(
        fc.record({
          toolChoice: fc.oneof(
            fc.constantFrom({ kind: 'auto' as const }, { kind: 'none' as const }, { kind: 'required' as const }),
            fc.boolean().map((required) => ({ kind: 'named' as const, names: list.map((one) => one.name), required })),
          ),
        }),
      ),
    ),
  )
  .map(([list, parallel, choice]) => ({ ...list, ...parallel, ...choice }));

/** What both families have words for. */
const shared = fc
  .tuple(
    turns,
    maybe(tools),
    maybe(fc.record({ maxTokens: fc.integer({ min: 1, max: 999 }) })),
    maybe(fc.record({ temperature: fc.constantFrom(0, 0.5, 2) })),
    maybe(fc.record({ topP: fc.constantFrom(0.1, 1) })),
    maybe(
      fc.record({ thinking: fc.record({ effort: fc.constantFrom('none' as const, 'low' as const, 'high' as const) }) }),
    ),
    maybe(
      fc.record({
        format: fc.oneof(
          fc.constant({ kind: 'json' as const }),
          fc.record({
            kind: fc.constant('schema' as const),
            name,
            schema: fc.constant({ type: 'object' }),
            strict: fc.boolean(),
            description: text,
          }),
        ),
      }),
    ),
    maybe(fc.record({ logprobs: fc.integer({ min: 0, max: 5 }) })),
    maybe(fc.record({ user: name, serviceTier: fc.constant('flex'), promptCacheKey: name })),
    fc.boolean(),
  )
  .map(([turns, ...others]): Conversation => {
    const stream = others.pop() as boolean;
    return Object.assign(
      { family: 'chat', model: 'm', stream, turns, includeUsage: stream, rest: {} } as const,
      ...others,
    ) as Conversation;
  });

/** What chat completions alone have words for. */
const chatOnly = fc
  .tuple(
    shared,
    maybe(
      fc.record({
        stop: fc.array(text, { minLength: 1, maxLength: 4 }),
        seed: fc.integer(),
        count: fc.integer({ min: 1, max: 4 }),
        topK: fc.integer({ min: 1, max: 9 }),
      }),
    ),
    maybe(
      fc.record({
        presencePenalty: fc.constant(1),
        frequencyPenalty: fc.constant(-1),
        logitBias: fc.constant({ 5: 1 }),
      }),
    ),
  )
  .map(([base, ...more]): Conversation => Object.assign({}, base, ...more) as Conversation);

const sameModel = target({ model: 'm' });

test('chat: every request is read as it was written', () => {
  fc.assert(
    fc.property(chatOnly, (conversation) => {
      const { body, dropped } = chat.writeRequest(conversation, sameModel);
      expect(chat.readRequest(body)).toEqual(conversation);
      expect(dropped).toEqual([]);
    }),
  );
});

test('Responses: every request is read as it was written', () => {
  fc.assert(
    fc.property(shared, (given) => {
      const conversation: Conversation = { ...given, family: 'responses', includeUsage: true };
      const { body, dropped } = responses.writeRequest(conversation, sameModel);
      expect(responses.readRequest(body)).toEqual({ ...conversation, turns: merged(conversation.turns) });
      expect(dropped).toEqual([]);
    }),
  );
});

test.each([
  ['chat', 'responses'],
  ['responses', 'chat'],
] as const)('%s → %s: the same request in other words', (from, to) => {
  fc.assert(
    fc.property(shared, (given) => {
      const conversation: Conversation = { ...given, family: from };
      const { body, dropped } = FAMILIES[to].writeRequest(conversation, sameModel);
      const { rest: _, family, ...read } = FAMILIES[to].readRequest(body);
      const { rest: __, family: ___, ...expected } = conversation;
      expect(dropped).toEqual([]);
      expect(family).toBe(to);
      expect(spoken(read)).toEqual(spoken(expected));
    }),
  );
});

/** Turns without what one of the two families makes of neighbours. */
function spoken(conversation: Omit<Conversation, 'rest' | 'family'>): unknown {
  return { ...conversation, includeUsage: true, turns: merged(conversation.turns) };
}

/** Items of an assistant that follow one another are one turn in Responses. */
function merged(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    const isOne =
      last?.role === turn.role &&
      (turn.role === 'assistant' || [last, turn].every(({ parts }) => parts.every((part) => part.kind === 'result')));
    if (last !== undefined && isOne) joined[joined.length - 1] = { ...last, parts: [...last.parts, ...turn.parts] };
    else joined.push(turn);
  }
  return joined;
}

/** Blocks of an answer in any order and number. */
const block = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), pieces: fc.array(text, { minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('reasoning' as const), pieces: fc.array(text, { minLength: 1, maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('call' as const),
    pieces: fc.array(text, { minLength: 1, maxLength: 4 }),
    custom: fc.boolean(),
  }),
);
const answer = fc
  .tuple(fc.array(block, { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([blocks, cached]): Step[] => [
    { kind: 'start', id: 'x', model: 'm', created: 1 },
    ...blocks.flatMap(({ kind, pieces, ...more }, at): Step[] => {
      const custom = 'custom' in more && more.custom ? { custom: true as const } : {};
      const pieceOf = (piece: string): Step =>
        kind === 'call'
          ? { kind: 'call-delta', block: at, input: piece }
          : { kind: `${kind}-delta`, block: at, text: piece };
      const head: Step =
        kind === 'call'
          ? { kind: 'call-start', block: at, choice: 0, id: `call_${at}`, name: 'f', ...custom }
          : { kind: `${kind}-start`, block: at, choice: 0 };
      return [head, ...pieces.map(pieceOf), { kind: 'block-end', block: at }];
    }),
    { kind: 'finish', choice: 0, cause: blocks.some(({ kind }) => kind === 'call') ? 'tool_calls' : 'stop' },
    { kind: 'usage', usage: { input: 10, output: 5, cacheRead: cached ? 4 : 0, reasoning: 1 } },
    { kind: 'end' },
  ]);

function streamed(name: Name, steps: readonly Step[]): Step[] {
  const writer = FAMILIES[name].answerWriter(context());
  const reader = FAMILIES[name].answerReader();
  const stream = Buffer.concat(steps.flatMap((step) => [...writer.events([step])]));
  return splitEvents(stream).flatMap((event) => {
    const { event: type, data } = parseEvent(event);
    return [...reader.event(type, data)];
  });
}

const verdict = (steps: readonly Step[]): unknown[] =>
  steps
    .filter((step) => step.kind === 'finish' || step.kind === 'usage')
    .map((step) => (step.kind === 'finish' ? step.cause : step.usage));

test.each(NAMES)('%s: every answer is read as it was written, as a stream and as a body', (name) => {
  fc.assert(
    fc.property(answer, (steps) => {
      const again = streamed(name, steps);
      const whole = FAMILIES[name].answerReader().body(FAMILIES[name].answerWriter(context()).body(steps));
      for (const read of [again, whole]) {
        expect({ ...said(read), reasoning: '' }).toEqual({ ...said(steps), reasoning: '' });
        // Thoughts on both sides of an answer are two summaries, or one text.
        expect(said(read).reasoning.replaceAll('\n\n', '')).toBe(said(steps).reasoning.replaceAll('\n\n', ''));
        expect(verdict(read)).toEqual(verdict(steps));
        expect(read.at(-1)).toEqual({ kind: 'end' });
      }
    }),
  );
});
