import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../core/json.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { chatCompletions as chat } from './chat-completions.ts';
import { responses } from './responses.ts';

const sse = (delta: object, finish: string | null = null, more: object = {}) =>
  Buffer.from(
    `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`,
  );
const messageOf = (...events: Buffer[]) => {
  const answer = JSON.parse(chat.streamToBody(events).toString()) as { choices: { message: JsonObject }[] };
  return answer.choices[0]?.message;
};
const fn = (name: string | undefined, args: Json) => ({
  function: { ...(name === undefined ? {} : { name }), arguments: args },
});
const made = (id: string | undefined, name: string, args: Json) => ({
  ...(id === undefined ? {} : { id }),
  type: 'function',
  function: { name, arguments: args },
});

test.each<[string, JsonObject[][], object[]]>([
  [
    'one index for two ids',
    [[{ index: 0, id: 'a', ...fn('w', '{"p":1}') }], [{ index: 0, id: 'b', ...fn('w', '{"p":2}') }]],
    [made('a', 'w', '{"p":1}'), made('b', 'w', '{"p":2}')],
  ],
  [
    'one index for two ids that go on',
    [
      [{ index: 0, id: 'a', ...fn('w', '1') }],
      [{ index: 0, ...fn(undefined, '2') }],
      [{ index: 0, id: 'b', ...fn('w', '3') }],
      [{ index: 0, ...fn(undefined, '4') }],
    ],
    [made('a', 'w', '12'), made('b', 'w', '34')],
  ],
  [
    'one index for two ids that take turns',
    [
      [
        { index: 0, id: 'a', ...fn('w', '1') },
        { index: 0, id: 'b', ...fn('w', '2') },
      ],
      [{ index: 0, id: 'a', ...fn('w', '3') }],
      [{ index: 0, id: 'b', ...fn('w', '4') }],
    ],
    [made('a', 'w', '13'), made('b', 'w', '24')],
  ],
  [
    'no index',
    [
      [{ id: 'a', ...fn('w', '1') }],
      [fn(undefined, '2')],
      [{ id: 'b', ...fn('v', '3') }],
      [fn(undefined, '4')],
      [{ id: 'a', ...fn(undefined, '5') }],
    ],
    [made('a', 'w', '125'), made('b', 'v', '34')],
  ],
  [
    'neither index nor ids',
    [[fn('w', '1')], [fn(undefined, '2')], [fn('v', '3')]],
    [made(undefined, 'w', '12'), made(undefined, 'v', '3')],
  ],
  [
    'neither index nor ids, two in a delta',
    [
      [fn('w', '1'), fn('v', '2')],
      [fn(undefined, '3'), fn(undefined, '4')],
    ],
    [made(undefined, 'w', '13'), made(undefined, 'v', '24')],
  ],
  [
    'an id that comes late',
    [[{ index: 0, id: '', ...fn('w', '1') }], [{ index: 0, id: 'a', ...fn(undefined, '2') }]],
    [made('a', 'w', '12')],
  ],
  [
    'arguments that are no text',
    [[{ index: 0, id: 'a', ...fn('w', '') }], [{ index: 0, ...fn(undefined, { p: 1 }) }]],
    [made('a', 'w', { p: 1 })],
  ],
])('tool calls with %s are told apart', (_what, deltas, expected) => {
  const events = deltas.map((tool_calls) => sse({ tool_calls }));
  expect(messageOf(...events, sse({}, 'tool_calls'))?.['tool_calls']).toEqual(expected);
});

test('calls that a unary answer numbers alike are two in the stream made of it', () => {
  const tool_calls = ['a', 'b'].map((id) => ({ ...made(id, 'w', `{"${id}":1}`), index: 0 }));
  const answer = {
    id: 'c',
    choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls }, finish_reason: 'tool_calls' }],
  };
  const events = chat.bodyToStream(Buffer.from(JSON.stringify(answer)));
  const indices = events.flatMap((event) => /"tool_calls":\[\{.*?"index":(\d)/.exec(event.toString())?.[1] ?? []);
  expect(new Set(indices)).toEqual(new Set(['0', '1']));
  expect(messageOf(...events)?.['tool_calls']).toEqual([made('a', 'w', '{"a":1}'), made('b', 'w', '{"b":1}')]);
});

const think = (said: string) => ({ type: 'thinking', thinking: [{ type: 'text', text: said }] });
const say = (said: string) => ({ type: 'text', text: said });

test.each<[string, Json[], Json]>([
  ['text', ['', 'a', 'b'], 'ab'],
  ['parts that go on', [[think('a')], [think('b')], [say('c')], [say('d')]], [think('ab'), say('cd')]],
  ['parts of which none is joined within one piece', [[say('a'), say('b')]], [say('a'), say('b')]],
  [
    'parts with different members',
    [[{ ...say('a'), n: 1 }], [{ ...say('b'), n: 2 }]],
    [
      { ...say('a'), n: 1 },
      { ...say('b'), n: 2 },
    ],
  ],
  ['parts, then text', ['', [think('a')], '', 'b', 'c'], [think('a'), say('bc')]],
  ['text, then parts', ['a', [say('b'), think('c')]], [say('ab'), think('c')]],
  [
    'parts that do not grow',
    [[{ type: 'image', url: 'a' }], [{ type: 'image', url: 'a' }]],
    [
      { type: 'image', url: 'a' },
      { type: 'image', url: 'a' },
    ],
  ],
  ['one object', [{ a: 1 }], { a: 1 }],
])('content of %s is put together', (_what, pieces, expected) => {
  const events = pieces.map((content) => sse({ content }));
  expect(messageOf(...events, sse({}, 'stop'))?.['content']).toEqual(expected);
});

test('content parts stand in the stream that is made of a body, and in the body made of that', () => {
  const parts = [think('Hm.'), say('Hi')];
  const answer = {
    id: 'c',
    choices: [{ index: 0, message: { role: 'assistant', content: parts }, finish_reason: 'stop' }],
  };
  const events = chat.bodyToStream(Buffer.from(JSON.stringify(answer)));
  expect(events.map((event) => parseEvent(event).data).join('')).toContain(JSON.stringify(parts));
  expect(messageOf(...events)?.['content']).toEqual(parts);
});

test('marks that stand in every delta are not glued, text is', () => {
  const events = ['ha', 'ha', '!'].map((content) => sse({ channel: 'analysis', reasoning_content: content, content }));
  expect(messageOf(...events, sse({}, 'stop'))).toMatchObject({
    channel: 'analysis',
    reasoning_content: 'haha!',
    content: 'haha!',
  });
});

test('what is said once for the whole answer is kept as it was said last, and lists as they grew', () => {
  const events = [
    sse({ content: 'a' }, null, {
      x_groq: { id: 'req' },
      citations: ['a'],
      system_fingerprint: 'fp',
      usage: { prompt_tokens: 1 },
    }),
    sse({}, 'stop', {
      x_groq: { usage: { n: 1 } },
      citations: ['a', 'b'],
      system_fingerprint: '',
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    }),
  ];
  expect(JSON.parse(chat.streamToBody(events).toString())).toMatchObject({
    x_groq: { id: 'req', usage: { n: 1 } },
    citations: ['a', 'b'],
    system_fingerprint: 'fp',
    usage: { prompt_tokens: 1, completion_tokens: 2 },
  });
});

test('a message that is repeated beside every delta does not replace what the deltas say', () => {
  const events = ['a', 'b'].map((content, at) =>
    Buffer.from(
      `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, message: { content: 'ab'.slice(0, at + 1), extra: 1 }, delta: { content }, finish_reason: at === 1 ? 'stop' : null }] })}\n\n`,
    ),
  );
  expect(messageOf(...events)).toMatchObject({ role: 'assistant', content: 'ab', extra: 1 });
});

test('output that only its items have is in the body as well', () => {
  const event = (type: string, members: string) =>
    Buffer.from(`event: ${type}\ndata: {"type":"${type}",${members}}\n\n`);
  const item = (at: number) =>
    event('response.output_item.done', `"output_index":${at},"item":{"type":"message","n":${at}.0}`);
  for (const output of ['"output":[],', '"output":[ ],', '"output":null,', '']) {
    const completed = event('response.completed', `"response":{"id":"resp_1",${output}"status":"completed"}`);
    const made = responses.streamToBody([item(1), item(0), completed]).toString();
    expect(made).toContain('"output":[{"type":"message","n":0.0},{"type":"message","n":1.0}]');
    expect(JSON.parse(made)).toMatchObject({ id: 'resp_1', status: 'completed' });
  }
  const full = event('response.completed', '"response":{"id":"resp_1","output":[{"type":"x"}]}');
  expect(responses.streamToBody([item(0), full]).toString()).toBe('{"id":"resp_1","output":[{"type":"x"}]}');
});

test('an incomplete response stays one in the stream made of it', () => {
  const answer = '{"id":"resp_1","status":"incomplete","output":[]}';
  const events = responses.bodyToStream(Buffer.from(answer));
  expect(events.at(-1)?.toString()).toContain('event: response.incomplete\n');
  expect(responses.streamToBody(events).toString()).toBe(answer);
});
