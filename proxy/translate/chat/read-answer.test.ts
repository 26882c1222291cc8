import { describe, expect, test } from 'vitest';
import { splitEvents } from '../../wire/sse.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { chatStream, chunks, delta, DONE, kinds, said } from '../openai-families.fixture.ts';
import { packSeal } from '../seal.ts';
import type { Step } from '../steps.ts';
import { ChatAnswerReader } from './read-answer.ts';

function read(stream: Buffer): Step[] {
  const reader = new ChatAnswerReader();
  const steps = splitEvents(stream).flatMap((event) => {
    const { event: name, data } = parseEvent(event);
    return [...reader.event(name, data)];
  });
  return [...steps, ...reader.end()];
}

const call = (members: object) => ({ tool_calls: [members] });
const cause = (steps: readonly Step[]) => steps.find((step) => step.kind === 'finish');
const usage = (steps: readonly Step[]) => steps.find((step) => step.kind === 'usage');

test('a stream as OpenAI sends it', () => {
  const counts = {
    prompt_tokens: 9,
    completion_tokens: 3,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 1 },
  };
  const steps = read(
    chatStream([{ role: 'assistant', content: '' }, { content: 'Hi' }, { content: ' there' }], 'stop', counts),
  );
  expect(steps).toEqual([
    { kind: 'start', id: 'chatcmpl-1', model: 'upstream', created: 1_700_000_000 },
    { kind: 'text-start', block: 0, choice: 0 },
    { kind: 'text-delta', block: 0, text: 'Hi' },
    { kind: 'text-delta', block: 0, text: ' there' },
    { kind: 'block-end', block: 0 },
    { kind: 'finish', choice: 0, cause: 'stop', native: 'stop' },
    { kind: 'usage', usage: { input: 9, output: 3, cacheRead: 4, reasoning: 1 } },
    { kind: 'end' },
  ]);
});

describe('calls', () => {
  const whole = (id: string, name: string, more: object = {}) => ({
    id,
    type: 'function',
    function: { name, arguments: '{"a":1}' },
    ...more,
  });
  const expected = (...ids: string[]) => ids.map((id) => ({ id, name: 'f', input: '{"a":1}' }));

  test.each<[string, object[], object[]]>([
    [
      'in pieces',
      [
        call({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }),
        call({ index: 0, function: { arguments: '{"a"' } }),
        call({ index: 0, function: { arguments: ':1}' } }),
      ],
      expected('a'),
    ],
    ['that begin with all of their arguments', [call({ index: 0, ...whole('a', 'f') })], expected('a')],
    [
      'of one chunk',
      [
        {
          tool_calls: [
            { index: 0, ...whole('a', 'f') },
            { index: 1, ...whole('b', 'f') },
          ],
        },
      ],
      expected('a', 'b'),
    ],
    [
      'with the same number and other ids',
      [call({ index: 0, ...whole('a', 'f') }), call({ index: 0, ...whole('b', 'f') })],
      expected('a', 'b'),
    ],
    ['without numbers', [call(whole('a', 'f')), call(whole('b', 'f'))], expected('a', 'b')],
    ['without numbers and ids', [call(whole('', 'f')), call(whole('', 'f'))], expected('', '')],
    [
      'whose pieces alternate',
      [
        {
          tool_calls: [
            { index: 0, id: 'a', function: { name: 'f', arguments: '{"a"' } },
            { index: 1, id: 'b', function: { name: 'f', arguments: '' } },
          ],
        },
        call({ index: 1, function: { arguments: '{"a":1}' } }),
        call({ index: 0, function: { arguments: ':1}' } }),
      ],
      expected('a', 'b'),
    ],
    [
      'whose name comes late',
      [
        call({ index: 0, id: 'a', function: { arguments: '{"a"' } }),
        call({ index: 0, function: { name: 'f', arguments: ':1}' } }),
      ],
      expected('a'),
    ],
    [
      'that repeat id and name',
      [
        call({ index: 0, id: 'a', function: { name: 'f', arguments: '{"a"' } }),
        call({ index: 0, id: 'a', function: { name: 'f', arguments: ':1}' } }),
      ],
      expected('a'),
    ],
    [
      'with arguments that are an object',
      [call({ index: 0, id: 'a', function: { name: 'f', arguments: { a: 1 } } })],
      expected('a'),
    ],
    [
      'of the first tool calling',
      [{ function_call: { name: 'f', arguments: '' } }, { function_call: { arguments: '{"a":1}' } }],
      expected(''),
    ],
    [
      'of a custom tool',
      [
        call({ index: 0, id: 'a', type: 'custom', custom: { name: 'f', input: 'l' } }),
        call({ index: 0, custom: { input: 's' } }),
      ],
      [{ id: 'a', name: 'f', input: 'ls', custom: true }],
    ],
  ])('%s', (_, deltas, calls) => {
    const steps = read(chatStream(deltas, 'tool_calls'));
    expect(said(steps).calls).toEqual(calls);
    expect(cause(steps)).toMatchObject({ cause: 'tool_calls' });
    expect(kinds(steps)).not.toContain('text-start');
  });

  test('finish_reason stop with calls means calls, and calls without any means stop', () => {
    expect(cause(read(chatStream([call(whole('a', 'f'))], 'stop')))).toMatchObject({
      cause: 'tool_calls',
      native: 'stop',
    });
    expect(cause(read(chatStream([{ content: 'x' }], 'tool_calls')))).toMatchObject({ cause: 'stop' });
  });

  test.each([[null], [[]]])('tool_calls %j beside content is no call', (none) => {
    const steps = read(chatStream([{ content: 'x', tool_calls: none, refusal: null, function_call: null }]));
    expect(said(steps)).toMatchObject({ text: 'x', calls: [] });
  });
});

describe('reasoning', () => {
  test.each<[string, object[]]>([
    [
      'reasoning_content',
      [
        { reasoning_content: 'h', content: null },
        { reasoning_content: 'm', content: '' },
      ],
    ],
    ['reasoning', [{ reasoning: 'h', content: '' }, { reasoning: 'm' }]],
    [
      'reasoning_details beside reasoning',
      [{ reasoning: 'hm', reasoning_details: [{ type: 'reasoning.text', text: 'hm', index: 0 }] }],
    ],
    ['reasoning_details alone', [{ reasoning_details: [{ type: 'reasoning.text', text: 'hm', index: 0 }] }]],
    ['parts of the content', [{ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }]],
  ])('as %s', (_, deltas) => {
    const steps = read(chatStream([...deltas, { content: 'a' }]));
    expect(said(steps)).toMatchObject({ reasoning: 'hm', text: 'a' });
    expect(kinds(steps)).toEqual([
      'start',
      'reasoning-start',
      ...deltas.map(() => 'reasoning-delta'),
      'seal',
      'block-end',
      'text-start',
      'text-delta',
      'block-end',
      'finish',
      'end',
    ]);
    expect(steps.find((step) => step.kind === 'seal')).toMatchObject({
      seal: { family: 'chat', model: 'upstream', value: '' },
    });
  });

  test('signatures of compatible servers are seals of their makers', () => {
    const steps = read(
      chatStream(
        [
          {
            reasoning: 'hm',
            reasoning_details: [{ type: 'reasoning.text', text: 'hm', index: 0, format: 'anthropic-claude-v1' }],
          },
          {
            reasoning_details: [{ type: 'reasoning.text', signature: 'sig', index: 0, format: 'anthropic-claude-v1' }],
          },
          {
            ...call({
              index: 0,
              id: 'a',
              function: { name: 'f', arguments: '{}' },
              extra_content: { google: { thought_signature: 'g' } },
            }),
          },
        ],
        'tool_calls',
      ),
    );
    const seals = steps.filter((step) => step.kind === 'seal');
    expect(seals).toMatchObject([
      { block: 0, seal: { family: 'messages', model: 'upstream', value: 'sig' } },
      { block: 1, seal: { family: 'gemini', value: 'g' } },
    ]);
    expect(said(steps).reasoning).toBe('hm');
  });

  test('a whole message with signed blocks says its thought once', () => {
    const message = {
      role: 'assistant',
      content: 'a',
      reasoning_content: 'hm',
      thinking_blocks: [
        { type: 'thinking', thinking: 'hm', signature: packSeal({ family: 'messages', value: 'sig' }) },
      ],
    };
    const steps = new ChatAnswerReader().body(
      Buffer.from(JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] })),
    );
    expect(said(steps)).toMatchObject({ reasoning: 'hm', text: 'a' });
    expect(steps.filter((step) => step.kind === 'seal')).toMatchObject([
      { seal: { family: 'messages', value: 'sig' } },
    ]);
  });
});

describe('the end', () => {
  test.each([
    ['stop', 'stop'],
    ['eos', 'stop'],
    ['length', 'length'],
    ['model_length', 'context_length'],
    ['content_filter', 'filter'],
    ['insufficient_system_resource', 'length'],
    ['a word that does not exist yet', 'length'],
  ])('finish_reason %s', (native, expected) => {
    expect(cause(read(chatStream([{ content: 'x' }], native)))).toMatchObject({ cause: expected, native });
  });

  test('a refusal that ended well is a refusal', () => {
    expect(cause(read(chatStream([{ refusal: '' }, { refusal: 'no' }])))).toMatchObject({ cause: 'refusal' });
  });

  test('a repeated finish and what stands behind it say nothing', () => {
    const finish = delta({}, { finish_reason: 'stop' });
    const stream = Buffer.concat([
      chunks(delta({ content: 'x' }), finish, delta({ content: 'y' }, { finish_reason: 'stop' })),
      DONE,
    ]);
    expect(said(read(stream)).text).toBe('x');
    expect(kinds(read(stream)).filter((kind) => kind === 'finish')).toHaveLength(1);
  });

  test('text beside the finish counts', () => {
    const stream = Buffer.concat([
      chunks(delta({ content: 'x' }), delta({ content: 'y' }, { finish_reason: 'stop' })),
      DONE,
    ]);
    expect(said(read(stream)).text).toBe('xy');
  });

  test('no [DONE] is an end where all choices ended, and none where not', () => {
    expect(kinds(read(chunks(delta({ content: 'x' }), delta({}, { finish_reason: 'stop' })))).at(-1)).toBe('end');
    expect(kinds(read(chunks(delta({ content: 'x' }))))).not.toContain('end');
    expect(kinds(read(Buffer.alloc(0)))).toEqual([]);
  });

  test.each([
    ['finish_reason error', chunks(delta({ content: 'x' }), delta({}, { finish_reason: 'error' }))],
    ['nothing before [DONE]', DONE],
    ['an event that is not JSON', Buffer.from('data: {oops\n\n')],
    [
      'an error event',
      Buffer.from('event: error\ndata: {"error":{"message":"no","code":"tool_use_failed","status_code":400}}\n\n'),
    ],
    ['an error with a number for its code', chunks({ error: { message: 'no', code: 429 } })],
  ])('%s is an error and no finish', (_, stream) => {
    const found = read(Buffer.concat([stream, chatStream([{ content: 'more' }])]));
    expect(kinds(found).at(-1)).toBe('error');
    expect(kinds(found)).not.toContain('finish');
  });

  test('[DONE] before the finish_reason is no end, and nothing is read behind it', () => {
    const stream = Buffer.concat([chunks(delta({ content: 'x' })), DONE, chatStream([{ content: 'more' }])]);
    expect(kinds(read(stream))).toEqual(['start', 'text-start', 'text-delta']);
  });

  test('the status that an error names', () => {
    expect(read(chunks({ error: { message: 'no', code: 429 } })).at(-1)).toEqual({
      kind: 'error',
      message: 'no',
      status: 429,
    });
    expect(read(chunks({ error: { message: 'no', code: '503', type: 'server_error' } })).at(-1)).toEqual({
      kind: 'error',
      message: 'no',
      type: 'server_error',
      status: 503,
    });
  });
});

describe('usage', () => {
  const counts = { prompt_tokens: 10, completion_tokens: 5 };

  test.each<[string, Buffer]>([
    [
      'in the finish chunk',
      Buffer.concat([
        chunks(delta({ content: 'x' }), { ...delta({}, { finish_reason: 'stop' }), usage: counts }),
        DONE,
      ]),
    ],
    [
      'in every chunk',
      Buffer.concat([
        chunks(
          { ...delta({ content: 'x' }), usage: { prompt_tokens: 10, completion_tokens: 1 } },
          { ...delta({}, { finish_reason: 'stop' }), usage: counts },
        ),
        DONE,
      ]),
    ],
    [
      'of Groq',
      Buffer.concat([
        chunks(delta({ content: 'x' }), {
          ...delta({}, { finish_reason: 'stop' }),
          usage: null,
          x_groq: { usage: counts },
        }),
        DONE,
      ]),
    ],
    ['in a chunk of its own', chatStream([{ content: 'x' }], 'stop', counts)],
  ])('%s is counted once, the last that was said', (_, stream) => {
    expect(usage(read(stream))).toEqual({ kind: 'usage', usage: { input: 10, output: 5 } });
  });

  test.each<[string, object, object]>([
    ['cached tokens of DeepSeek', { ...counts, prompt_cache_hit_tokens: 4 }, { input: 10, output: 5, cacheRead: 4 }],
    ['cached tokens of Mistral', { ...counts, num_cached_tokens: 4 }, { input: 10, output: 5, cacheRead: 4 }],
    [
      'tokens written to a cache',
      { ...counts, prompt_tokens_details: { cached_tokens: 1, cache_write_tokens: 2 } },
      { input: 10, output: 5, cacheRead: 1, cacheWrite: 2 },
    ],
    ['thoughts that only the total has', { ...counts, total_tokens: 45 }, { input: 10, output: 35, reasoning: 30 }],
  ])('%s', (_, given, expected) => {
    expect(usage(read(chatStream([{ content: 'x' }], 'stop', given)))).toMatchObject({ usage: expected });
  });
});

test('a first chunk without choices, as Azure sends it, is no beginning', () => {
  const stream = Buffer.concat([
    chunks({ choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: [] }),
    chatStream([{ content: 'x' }]),
  ]);
  expect(read(stream)[0]).toMatchObject({ kind: 'start', id: 'chatcmpl-1', model: 'upstream' });
});

test('a filtered choice without a message is filtered', () => {
  const body = {
    id: 'c',
    model: 'm',
    choices: [{ index: 0, finish_reason: 'content_filter', content_filter_results: {} }],
  };
  expect(kinds(new ChatAnswerReader().body(Buffer.from(JSON.stringify(body))))).toEqual(['start', 'finish', 'end']);
});
