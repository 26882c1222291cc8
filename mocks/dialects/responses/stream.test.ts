import * as fc from 'fast-check';
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import type { DialectContext, StreamReply } from '../reply.ts';
import { bodyOf, call, dataOf, testContext } from '../testing.ts';

const ask = (body: object, context: DialectContext = testContext()) =>
  call('responses', { body: { model: 'gpt-4o', input: 'Count from 1 to 5', stream: true, ...body } }, context);
const eventsOf = (body: object, context?: DialectContext) =>
  dataOf(ask(body, context)) as readonly ResponseStreamEvent[];
const typesOf = (events: readonly ResponseStreamEvent[]) => events.map(({ type }) => type.replace('response.', ''));

/** Types without repetitions, so that a sequence reads as a grammar. */
const grammarOf = (body: object, context?: DialectContext) =>
  typesOf(eventsOf(body, context))
    .filter((type, at, all) => type !== all[at - 1])
    .join(' ');

const tools = [
  { type: 'function', name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
];

describe('grammar', () => {
  test('each event is named, on two lines, numbered from 0 without gaps, and there is no [DONE]', () => {
    const bytes = [...(ask({}) as StreamReply).events].map((event) => event.bytes);
    for (const [number, text] of bytes.entries()) {
      const [, name, data] = /^event: ([^\n]+)\ndata: ([^\n]+)\n\n$/.exec(text)!;
      const event = JSON.parse(data!) as { sequence_number: number };
      expect(event).toMatchObject({ type: name, sequence_number: number });
    }
    expect(bytes.join('')).not.toContain('[DONE]');
  });

  test('a text', () => {
    expect(grammarOf({})).toBe(
      'created in_progress output_item.added content_part.added output_text.delta output_text.done content_part.done output_item.done completed',
    );
  });

  test('a reasoning model with a summary', () => {
    expect(grammarOf({ model: 'gpt-5', reasoning: { summary: 'auto' } })).toBe(
      'created in_progress output_item.added reasoning_summary_part.added reasoning_summary_text.delta reasoning_summary_text.done ' +
        'reasoning_summary_part.done output_item.done output_item.added content_part.added output_text.delta output_text.done ' +
        'content_part.done output_item.done completed',
    );
  });

  test('a function call', () => {
    expect(grammarOf({ tools, input: 'How is the weather?' })).toBe(
      'created in_progress output_item.added function_call_arguments.delta function_call_arguments.done output_item.done completed',
    );
  });

  test('a refusal', () => {
    expect(grammarOf({}, testContext({ scripted: { refusal: 'No, I will not.' } }))).toBe(
      'created in_progress output_item.added content_part.added refusal.delta refusal.done content_part.done output_item.done completed',
    );
  });

  test('background work starts queued, a limit ends incomplete', () => {
    expect(grammarOf({ background: true })).toMatch(/^created queued in_progress .* completed$/);
    expect(grammarOf({ input: 'a bedtime story with a unicorn', max_output_tokens: 16 })).toMatch(/ incomplete$/);
  });
});

describe('members', () => {
  const scripted = {
    text: 'Here.',
    reasoning: 'Well.',
    toolCalls: [{ name: 'get_weather', arguments: '{}' }],
    items: [
      { type: 'code_interpreter_call', code: '1', status: 'completed', container_id: 'c', outputs: [] },
      { type: 'shell_call', status: 'completed', call_id: 'a', action: { commands: ['ls'] } },
      { type: 'mcp_call', status: 'completed', arguments: '{}', name: 'n', server_label: 's', output: 'x' },
    ],
  };

  test.each([
    ['of everything that can happen', { model: 'gpt-5' }, scripted],
    ['of a refusal', {}, { refusal: 'No.' }],
    ['of a failure', {}, { failure: { code: 'server_error', message: 'Sorry.' } }],
  ])('%s stand in the provider’s order: the type, and the others by the alphabet', (_, body, script) => {
    const orders = eventsOf(body, testContext({ scripted: script })).map((event) => Object.keys(event));
    expect(orders.length).toBeGreaterThan(3);
    for (const [first, ...others] of orders) expect([first, ...others]).toEqual(['type', ...others.toSorted()]);
  });

  test('a finished part comes without logprobs, the finished item with them', () => {
    const events = eventsOf({ include: ['message.output_text.logprobs'] });
    const part = events.find((event) => event.type === 'response.content_part.done')!.part;
    expect(part).toMatchObject({ text: expect.any(String), logprobs: [] });
    const item = events.findLast((event) => event.type === 'response.output_item.done')!.item;
    expect(item.type === 'message' && item.content[0]?.type === 'output_text' && item.content[0].logprobs).not.toEqual(
      [],
    );
  });
});

describe('content', () => {
  test('the final object is the whole answer, its output the finished items', () => {
    const events = eventsOf({ tools });
    const done = events.filter((event) => event.type === 'response.output_item.done').map(({ item }) => item);
    const last = events.at(-1) as { response: Response };
    expect(last.response.output).toEqual(done);
    const whole = bodyOf(ask({ tools, stream: false })) as Response;
    expect(last.response.usage).toEqual(whole.usage);
  });

  test('snapshots in a stream carry no billing, and no usage before the end', () => {
    const snapshots = eventsOf({}).flatMap((event) => ('response' in event ? [event.response] : []));
    expect(snapshots.map(({ status, usage }) => [status, usage === null])).toEqual([
      ['in_progress', true],
      ['in_progress', true],
      ['completed', false],
    ]);
    expect(snapshots.some((snapshot) => 'billing' in snapshot)).toBe(false);
    expect(snapshots.map((snapshot) => snapshot.service_tier)).toEqual(['auto', 'auto', 'default']);
  });

  test('obfuscation fills delta and padding to a multiple of 16 characters, for any text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), (chunks) => {
        const events = eventsOf({}, testContext({ scripted: { chunks } }));
        const deltas = events.filter((event) => event.type === 'response.output_text.delta');
        expect(deltas.map(({ delta }) => delta)).toEqual(chunks);
        for (const event of deltas) {
          const { delta, obfuscation } = event as { delta: string; obfuscation?: string };
          expect((Array.from(delta).length + obfuscation!.length) % 16).toBe(0);
          expect(obfuscation!.length).toBeLessThan(16);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('obfuscation is absent when switched off, in background, and beside refusals', () => {
    const hidden = (events: readonly ResponseStreamEvent[]) => events.filter((event) => 'obfuscation' in event).length;
    expect(hidden(eventsOf({}))).toBeGreaterThan(0);
    expect(hidden(eventsOf({ stream_options: { include_obfuscation: false } }))).toBe(0);
    expect(hidden(eventsOf({ background: true }))).toBe(0);
    expect(hidden(eventsOf({}, testContext({ scripted: { refusal: 'No.' } })))).toBe(0);
  });

  test('deltas are the content events, one token each', () => {
    const events = [...(ask({}) as StreamReply).events];
    const content = events.filter(({ kind }) => kind === 'content');
    expect(content.every(({ bytes, tokens }) => bytes.includes('.delta"') && tokens === 1)).toBe(true);
    expect(content).toHaveLength(9);
  });
});
