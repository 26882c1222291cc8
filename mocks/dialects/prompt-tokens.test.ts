import type { Response } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import {
  BOOK_BERTH,
  FIND_HARBOUR,
  HIRE_CREW,
  LIST_BOATS,
  RIVER_FACT,
  SURVEY,
  TIDE_NOW,
} from '../generation/prompt-tokens/worked.fixture.ts';
import { bodyOf, call, testContext } from './testing.ts';
import type { Asked, Called } from './token-requests.fixture.ts';
import {
  question,
  findHull,
  tideNow,
  chatMessages,
  chatBody,
  responsesBody,
  chatTokens,
  responsesTokens,
} from './token-requests.fixture.ts';

const s = { role: 'system', content: 'You are terse.' };
const a = { role: 'assistant', content: 'The Nile.' };
const four = [FIND_HARBOUR, LIST_BOATS, TIDE_NOW, BOOK_BERTH];
const two = [FIND_HARBOUR, TIDE_NOW];

/** Chat of gpt-4o and gpt-5.4, Responses of gpt-4o and gpt-5.4. */
type Counts = readonly (number | undefined)[];

type Row = readonly [what: string, asked: Asked, counts: Counts];

const ROWS: readonly Row[] = [
  ['a question', { talk: [question] }, [12, 11, 12, 11]],
  ['instructions and a question', { talk: [s, question] }, [20, 19, 20, 19]],
  ['an answer between two questions', { talk: [question, a, question] }, [28, 29, 28, 29]],
  ['a schema', { talk: [question], schema: RIVER_FACT }, [56, 51, 49, 47]],
  ['instructions and a schema', { talk: [s, question], schema: RIVER_FACT }, [60, 55, undefined, undefined]],
  ['a described function', { talk: [question], functions: [FIND_HARBOUR] }, [71, 155, 65, 70]],
  ['instructions and a function', { talk: [s, question], functions: [FIND_HARBOUR] }, [75, 159, undefined, undefined]],
  ['a function without a description', { talk: [question], functions: [LIST_BOATS] }, [47, 131, 41, 45]],
  ['a function without parameters', { talk: [question], functions: [TIDE_NOW] }, [41, 125, 35, 40]],
  ['a function with nested parameters', { talk: [question], functions: [BOOK_BERTH] }, [83, 167, 77, 82]],
  ['a schema with a long name', { talk: [question], schema: SURVEY }, [103, undefined, undefined, 91]],
  [
    'a schema and a function',
    { talk: [question], schema: SURVEY, functions: [TIDE_NOW] },
    [122, undefined, undefined, undefined],
  ],
  ['four functions', { talk: [question], functions: four }, [158, 242, 152, 157]],
  ['a list of referenced objects', { talk: [question], functions: [HIRE_CREW] }, [65, 149, 59, 64]],
  ['a call that must be made', { talk: [question], functions: [FIND_HARBOUR], choice: 'required' }, [71, 155, 76, 70]],
  [
    'a named function',
    { talk: [question], functions: [TIDE_NOW], choice: { name: 'tide_now' } },
    [51, undefined, 45, 40],
  ],
  ['a call and its result', { talk: [question, { calls: [findHull] }], functions: two }, [117, 207, 109, 123]],
  ['two calls at once', { talk: [question, { calls: [findHull, tideNow] }], functions: two }, [151, 244, 128, 163]],
];

describe('the worked examples', () => {
  test.each(ROWS)('%s', (_what, asked, counts) => {
    const got = [
      chatTokens('gpt-4o', chatBody(asked)),
      chatTokens('gpt-5.4', chatBody(asked)),
      responsesTokens('gpt-4o', responsesBody(asked)),
      responsesTokens('gpt-5.4', responsesBody(asked)),
    ];
    expect(got.filter((_, at) => counts[at] !== undefined)).toEqual(counts.filter((value) => value !== undefined));
  });

  test('a name', () => {
    expect(chatTokens('gpt-4o', { messages: [{ ...question, name: 'anna' }] })).toBe(14);
    expect(chatTokens('gpt-5.4', { messages: [{ ...question, name: 'anna' }] })).toBe(13);
    expect(chatTokens('gpt-4o', { messages: [{ ...question, name: 'user' }] })).toBe(13);
  });

  test('calls one after another, in Responses of models that reason', () => {
    const body = responsesBody({ talk: [question], functions: [FIND_HARBOUR], parallel: false });
    expect(responsesTokens('gpt-5.4', body)).toBe(148);
    expect(responsesTokens('gpt-4o', body)).toBe(65);
  });
});

describe('the conversation', () => {
  const assistantParts = { role: 'assistant', content: 'The Nile.' };

  test('parts of a message are read as one text', () => {
    const parts = (type: string) => [
      { type, text: 'Name a lo' },
      { type, text: 'ng river.' },
    ];
    expect(chatTokens('gpt-4o', { messages: [{ role: 'user', content: parts('text') }] })).toBe(12);
    expect(responsesTokens('gpt-4o', { input: [{ role: 'user', content: parts('input_text') }] })).toBe(12);
  });

  test('empty, absent and null contents cost nothing but their message', () => {
    for (const content of [null, '', []]) {
      expect(chatTokens('gpt-4o', { messages: [question, { role: 'assistant', content }] })).toBe(12 + 4);
    }
  });

  test('beside a schema, an answer of before costs 4 more in chat, and nothing more in Responses', () => {
    const more = (model: string, count: (model: string, body: object) => number, body: (asked: Asked) => object) =>
      count(model, body({ talk: [question, assistantParts, question], schema: RIVER_FACT })) -
      count(model, body({ talk: [question], schema: RIVER_FACT }));
    expect(more('gpt-4o', chatTokens, chatBody)).toBe(28 - 12 + 4);
    expect(more('gpt-5.4', chatTokens, chatBody)).toBe(29 - 11 + 4);
    expect(more('gpt-4o', responsesTokens, responsesBody)).toBe(28 - 12);
  });

  test('a call counts with the id of its item, and a stored one as if it had its id', () => {
    const item = { type: 'function_call', call_id: 'call_0', name: 'find_harbour', arguments: findHull.input };
    const result = { type: 'function_call_output', call_id: 'call_0', output: findHull.output };
    const sent = (model: string, more: object) =>
      responsesTokens(model, { input: [question, { ...item, ...more }, result] });
    expect(sent('gpt-4o', { id: 'fc_1' }) - sent('gpt-4o', {})).toBe(3);
    expect(sent('gpt-5.4', { id: 'fc_1' }) - sent('gpt-5.4', {})).toBe(0);
    expect(sent('gpt-5-mini', {})).toBe(sent('gpt-5.4', {}) - 3);

    const context = testContext({ scripted: { toolCalls: [{ name: 'find_harbour', arguments: findHull.input }] } });
    const ask = (body: object) =>
      bodyOf(call('responses', { body: { model: 'gpt-4o', ...body } }, context)) as Response;
    const first = ask({ input: [question] });
    const made = first.output.find((one) => one.type === 'function_call')!;
    const next = ask({ previous_response_id: first.id, input: [{ ...result, call_id: made.call_id }] });
    expect(next.usage!.input_tokens).toBe(sent('gpt-4o', { id: 'fc_1' }));
  });

  test('arguments count as compact JSON where the provider writes them so', () => {
    const spaced = { ...findHull, input: '{ "town": "Hull",\n "unit": "feet" }' };
    const asked = (made: Called): Asked => ({ talk: [question, { calls: [made] }] });
    expect(chatTokens('gpt-4o', chatBody(asked(spaced)))).toBe(chatTokens('gpt-4o', chatBody(asked(findHull))));
    expect(responsesTokens('gpt-5.4', responsesBody(asked(spaced)))).toBe(
      responsesTokens('gpt-5.4', responsesBody(asked(findHull))),
    );
    expect(responsesTokens('gpt-4o', responsesBody(asked(spaced)))).toBeGreaterThan(
      responsesTokens('gpt-4o', responsesBody(asked(findHull))),
    );
    expect(chatTokens('gpt-4o', chatBody(asked({ ...findHull, input: '{"town":' })))).toBeGreaterThan(0);
  });

  test('ids of calls may come again', () => {
    const again = { ...findHull, output: 'dry' };
    const turns = (made: Called): Asked => ({ talk: [question, { calls: [findHull] }, { calls: [made] }] });
    for (const model of ['gpt-4o', 'gpt-5.4']) {
      const more = (made: Called) => chatTokens(model, chatBody(turns(made)));
      expect(more(findHull) - more(again)).toBe(3 - 1);
    }
  });

  test('text beside a call is a message of its own', () => {
    const [calling, result] = chatMessages({ calls: [findHull] });
    const tokens = (content: string | null) =>
      chatTokens('gpt-4o', { messages: [question, { ...calling, content }, result] });
    expect(tokens('The Nile.') - tokens(null)).toBe(4 + 3);
  });

  test('legacy functions count as tools do', () => {
    const tools = chatBody({ talk: [question, { calls: [findHull] }], functions: [FIND_HARBOUR] });
    const legacy = {
      functions: [FIND_HARBOUR],
      messages: [
        question,
        { role: 'assistant', content: null, function_call: { name: findHull.name, arguments: findHull.input } },
        { role: 'function', name: findHull.name, content: findHull.output },
      ],
    };
    expect(chatTokens('gpt-4o', legacy)).toBe(chatTokens('gpt-4o', tools));
  });
});

const CAPITAL = {
  type: 'object',
  properties: { country: { type: 'string' } },
  required: ['country'],
  additionalProperties: false,
};

test('a text, a call and thoughts count as they were recorded, in the answer and on their way back', () => {
  const ask = (input: readonly object[], scripted: object): Response => {
    const tool = { type: 'function', name: 'get_capital', description: null, parameters: CAPITAL, strict: true };
    const instructions = 'Briefly narrate what you are about to do before calling each tool.';
    const body = { model: 'gpt-5.5', include: ['reasoning.encrypted_content'], instructions, input, tools: [tool] };
    return bodyOf(call('responses', { body }, testContext({ scripted }))) as Response;
  };
  const asked = { role: 'user', content: 'What is the capital of PotatoLand?' };
  const first = ask([asked], {
    text: `I'll check the capital lookup tool for "PotatoLand."`,
    toolCalls: [{ name: 'get_capital', arguments: '{"country":"PotatoLand"}' }],
    usage: { reasoningTokens: 29 },
  });
  expect(first.usage).toMatchObject({ input_tokens: 63, output_tokens: 72 });
  const made = first.output.find((item) => item.type === 'function_call')!;
  const result = { type: 'function_call_output', call_id: made.call_id, output: 'Potato City' };
  const said = { text: 'The capital of PotatoLand is **Potato City**.', usage: { reasoningTokens: 0 } };
  expect(ask([asked, ...first.output, result], said).usage).toMatchObject({ input_tokens: 150, output_tokens: 16 });
});
