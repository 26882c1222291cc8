import type { ChatCompletion } from 'openai/resources/chat/completions';
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
import type { CountedFunction } from '../generation/prompt-tokens/function-block.ts';
import type { CountedSchema } from '../generation/prompt-tokens/schema-block.ts';
import { bodyOf, call, testContext } from './testing.ts';

/** What both operations are asked, in words of their own. */
interface Asked {
  readonly talk: readonly Said[];
  readonly functions?: readonly CountedFunction[];
  readonly schema?: CountedSchema;
  readonly choice?: 'required' | { readonly name: string };
  readonly parallel?: false;
}

interface Called {
  readonly name: string;
  readonly input: string;
  readonly output: string;
}

type Said =
  | { readonly role: string; readonly content: string; readonly name?: string }
  | { readonly calls: readonly Called[] };

const u = { role: 'user', content: 'Name a long river.' };
const s = { role: 'system', content: 'You are terse.' };
const a = { role: 'assistant', content: 'The Nile.' };
const findHull = { name: 'find_harbour', input: '{"town":"Hull","unit":"feet"}', output: '12 feet deep' };
const tide = { name: 'tide_now', input: '{}', output: 'ebb' };

const callId = (at: number) => `call_${at}`;

function chatMessages(said: Said): readonly object[] {
  if (!('calls' in said)) return [said];
  const made = said.calls.map(({ name, input }, at) => ({
    id: callId(at),
    type: 'function',
    function: { name, arguments: input },
  }));
  const results = said.calls.map(({ output }, at) => ({ role: 'tool', tool_call_id: callId(at), content: output }));
  return [{ role: 'assistant', content: null, tool_calls: made }, ...results];
}

function inputItems(said: Said): readonly object[] {
  if (!('calls' in said)) return [said];
  const calls = said.calls.map(({ name, input }, at) => ({
    type: 'function_call',
    call_id: callId(at),
    name,
    arguments: input,
  }));
  const results = said.calls.map(({ output }, at) => ({ type: 'function_call_output', call_id: callId(at), output }));
  return [...calls, ...results];
}

function chatBody({ talk, functions, schema, choice, parallel }: Asked): object {
  return {
    messages: talk.flatMap(chatMessages),
    tools: functions?.map((made) => ({ type: 'function', function: made })),
    response_format: schema && { type: 'json_schema', json_schema: { ...schema, strict: true } },
    tool_choice: typeof choice === 'object' ? { type: 'function', function: choice } : choice,
    parallel_tool_calls: parallel,
  };
}

function responsesBody({ talk, functions, schema, choice, parallel }: Asked): object {
  return {
    input: talk.flatMap(inputItems),
    tools: functions?.map((made) => ({ type: 'function', ...made })),
    text: schema && { format: { type: 'json_schema', ...schema, strict: true } },
    tool_choice: typeof choice === 'object' ? { type: 'function', ...choice } : choice,
    parallel_tool_calls: parallel,
  };
}

/** As JSON carries it: without what is undefined. */
const wire = (body: object): object => JSON.parse(JSON.stringify(body)) as object;

const chatTokens = (model: string, body: object) =>
  (bodyOf(call('chat.completions', { body: wire({ model, ...body }) })) as ChatCompletion).usage!.prompt_tokens;
const responsesTokens = (model: string, body: object) =>
  (bodyOf(call('responses', { body: wire({ model, ...body }) })) as Response).usage!.input_tokens;

const four = [FIND_HARBOUR, LIST_BOATS, TIDE_NOW, BOOK_BERTH];
const two = [FIND_HARBOUR, TIDE_NOW];

/** Chat of gpt-4o and gpt-5.4, Responses of gpt-4o and gpt-5.4. */
type Counts = readonly (number | undefined)[];

type Row = readonly [what: string, asked: Asked, counts: Counts];

const ROWS: readonly Row[] = [
  ['a question', { talk: [u] }, [12, 11, 12, 11]],
  ['instructions and a question', { talk: [s, u] }, [20, 19, 20, 19]],
  ['an answer between two questions', { talk: [u, a, u] }, [28, 29, 28, 29]],
  ['a schema', { talk: [u], schema: RIVER_FACT }, [56, 51, 49, 47]],
  ['instructions and a schema', { talk: [s, u], schema: RIVER_FACT }, [60, 55, undefined, undefined]],
  ['a described function', { talk: [u], functions: [FIND_HARBOUR] }, [71, 155, 65, 70]],
  ['instructions and a function', { talk: [s, u], functions: [FIND_HARBOUR] }, [75, 159, undefined, undefined]],
  ['a function without a description', { talk: [u], functions: [LIST_BOATS] }, [47, 131, 41, 45]],
  ['a function without parameters', { talk: [u], functions: [TIDE_NOW] }, [41, 125, 35, 40]],
  ['a function with nested parameters', { talk: [u], functions: [BOOK_BERTH] }, [83, 167, 77, 82]],
  ['a schema with a long name', { talk: [u], schema: SURVEY }, [103, undefined, undefined, 91]],
  [
    'a schema and a function',
    { talk: [u], schema: SURVEY, functions: [TIDE_NOW] },
    [122, undefined, undefined, undefined],
  ],
  ['four functions', { talk: [u], functions: four }, [158, 242, 152, 157]],
  ['a list of referenced objects', { talk: [u], functions: [HIRE_CREW] }, [65, 149, 59, 64]],
  ['a call that must be made', { talk: [u], functions: [FIND_HARBOUR], choice: 'required' }, [71, 155, 76, 70]],
  ['a named function', { talk: [u], functions: [TIDE_NOW], choice: { name: 'tide_now' } }, [51, undefined, 45, 40]],
  ['a call and its result', { talk: [u, { calls: [findHull] }], functions: two }, [117, 207, 109, 123]],
  ['two calls at once', { talk: [u, { calls: [findHull, tide] }], functions: two }, [151, 244, 128, 163]],
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
    expect(chatTokens('gpt-4o', { messages: [{ ...u, name: 'anna' }] })).toBe(14);
    expect(chatTokens('gpt-5.4', { messages: [{ ...u, name: 'anna' }] })).toBe(13);
    expect(chatTokens('gpt-4o', { messages: [{ ...u, name: 'user' }] })).toBe(13);
  });

  test('calls one after another, in Responses of models that reason', () => {
    const body = responsesBody({ talk: [u], functions: [FIND_HARBOUR], parallel: false });
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
      expect(chatTokens('gpt-4o', { messages: [u, { role: 'assistant', content }] })).toBe(12 + 4);
    }
  });

  test('beside a schema, an answer of before costs 4 more in chat, and nothing more in Responses', () => {
    const more = (model: string, count: (model: string, body: object) => number, body: (asked: Asked) => object) =>
      count(model, body({ talk: [u, assistantParts, u], schema: RIVER_FACT })) -
      count(model, body({ talk: [u], schema: RIVER_FACT }));
    expect(more('gpt-4o', chatTokens, chatBody)).toBe(28 - 12 + 4);
    expect(more('gpt-5.4', chatTokens, chatBody)).toBe(29 - 11 + 4);
    expect(more('gpt-4o', responsesTokens, responsesBody)).toBe(28 - 12);
  });

  test('a call counts with the id of its item, and a stored one as if it had its id', () => {
    const item = { type: 'function_call', call_id: 'call_0', name: 'find_harbour', arguments: findHull.input };
    const result = { type: 'function_call_output', call_id: 'call_0', output: findHull.output };
    const sent = (model: string, more: object) => responsesTokens(model, { input: [u, { ...item, ...more }, result] });
    expect(sent('gpt-4o', { id: 'fc_1' }) - sent('gpt-4o', {})).toBe(3);
    expect(sent('gpt-5.4', { id: 'fc_1' }) - sent('gpt-5.4', {})).toBe(0);
    expect(sent('gpt-5-mini', {})).toBe(sent('gpt-5.4', {}) - 3);

    const context = testContext({ scripted: { toolCalls: [{ name: 'find_harbour', arguments: findHull.input }] } });
    const ask = (body: object) =>
      bodyOf(call('responses', { body: { model: 'gpt-4o', ...body } }, context)) as Response;
    const first = ask({ input: [u] });
    const made = first.output.find((one) => one.type === 'function_call')!;
    const next = ask({ previous_response_id: first.id, input: [{ ...result, call_id: made.call_id }] });
    expect(next.usage!.input_tokens).toBe(sent('gpt-4o', { id: 'fc_1' }));
  });

  test('arguments count as compact JSON where the provider writes them so', () => {
    const spaced = { ...findHull, input: '{ "town": "Hull",\n "unit": "feet" }' };
    const asked = (made: Called): Asked => ({ talk: [u, { calls: [made] }] });
    expect(chatTokens('gpt-4o', chatBody(asked(spaced)))).toBe(chatTokens('gpt-4o', chatBody(asked(findHull))));
    expect(responsesTokens('gpt-5.4', responsesBody(asked(spaced)))).toBe(
      responsesTokens('gpt-5.4', responsesBody(asked(findHull))),
    );
    expect(responsesTokens('gpt-4o', responsesBody(asked(spaced)))).toBeGreaterThan(
      responsesTokens('gpt-4o', responsesBody(asked(findHull))),
    );
    expect(chatTokens('gpt-4o', chatBody(asked({ ...findHull, input: '{"town":' })))).toBeGreaterThan(0);
  });

  test('text beside a call is a message of its own', () => {
    const [calling, result] = chatMessages({ calls: [findHull] });
    const tokens = (content: string | null) => chatTokens('gpt-4o', { messages: [u, { ...calling, content }, result] });
    expect(tokens('The Nile.') - tokens(null)).toBe(4 + 3);
  });

  test('legacy functions count as tools do', () => {
    const tools = chatBody({ talk: [u, { calls: [findHull] }], functions: [FIND_HARBOUR] });
    const legacy = {
      functions: [FIND_HARBOUR],
      messages: [
        u,
        { role: 'assistant', content: null, function_call: { name: findHull.name, arguments: findHull.input } },
        { role: 'function', name: findHull.name, content: findHull.output },
      ],
    };
    expect(chatTokens('gpt-4o', legacy)).toBe(chatTokens('gpt-4o', tools));
  });
});

describe('media and hosted tools', () => {
  const picture = (width: number, height: number) => {
    const bytes = Buffer.alloc(40);
    bytes.set([0x89, 0x50, 0x4e, 0x47], 0);
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    return `data:image/png;base64,${bytes.toString('base64')}`;
  };
  const inChat = (model: string, width: number, height: number) =>
    chatTokens(model, {
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: picture(width, height) } }] }],
    }) - chatTokens(model, { messages: [{ role: 'user', content: '' }] });
  const inResponses = (model: string, width: number, height: number) =>
    responsesTokens(model, {
      input: [{ role: 'user', content: [{ type: 'input_image', image_url: picture(width, height) }] }],
    }) - responsesTokens(model, { input: [{ role: 'user', content: '' }] });

  test.each([
    ['gpt-4o', 200, 300, 255],
    ['gpt-4o', 800, 400, 425],
    ['gpt-4o', 3000, 2000, 1105],
    ['gpt-4o-mini', 1, 1, 8500],
    ['gpt-4.1-mini', 300, 346, 179],
    ['gpt-4.1-nano', 540, 360, 503],
    ['gpt-5.4', 60, 30, 4],
    ['gpt-5-nano', 128, 128, 24],
    ['gpt-5-nano', 239, 178, 72],
    ['gpt-5.6', 512, 149, 102],
  ])('a picture costs %s, %d × %d, %d tokens, as was recorded', (model, width, height, expected) => {
    expect(inChat(model, width, height)).toBe(expected);
  });

  test('a picture costs 2 more in Responses where patches are counted', () => {
    expect(inResponses('gpt-4.1-mini', 300, 346)).toBe(181);
    expect(inResponses('gpt-4o', 200, 300)).toBe(255);
  });

  test('a document costs by its pages', () => {
    const pdf = Buffer.from('%PDF-1.4 /Type /Pages /Type /Page /Type/Page').toString('base64');
    const file = { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` };
    const tokens = (content: unknown) => chatTokens('gpt-4o', { messages: [{ role: 'user', content }] });
    expect(tokens([{ type: 'file', file }]) - tokens('')).toBe(400);
    expect(tokens([{ type: 'file', file: { file_data: 'bm8gcGRm' } }]) - tokens('')).toBe(0);
  });

  test('a search of the web costs where it is offered, and more where it is used', () => {
    const offered = (model: string, type: string) =>
      responsesTokens(model, { input: [u], tools: [{ type }], tool_choice: 'none' }) -
      responsesTokens(model, { input: [u] });
    const used = (model: string, type: string) =>
      responsesTokens(model, { input: 'Search the web for it', tools: [{ type }] }) -
      responsesTokens(model, { input: 'Search the web for it' });
    expect(offered('gpt-4o', 'web_search_preview')).toBe(294);
    expect(used('gpt-4o', 'web_search_preview')).toBe(294);
    expect(offered('gpt-4.1', 'web_search')).toBe(324);
    expect(used('gpt-4.1', 'web_search')).toBe(17_324);
    expect(used('gpt-5.2', 'web_search')).toBe(8200);
  });
});

describe('what an answer costs', () => {
  const outputs = (
    model: string,
    protocol: 'chat' | 'responses',
    scripted: object,
    asked: Omit<Asked, 'talk'> = {},
    more: object = {},
  ) => {
    const context = testContext({ scripted });
    const body = { talk: [u], ...asked };
    if (protocol === 'chat') {
      const reply = call('chat.completions', { body: wire({ model, ...chatBody(body), ...more }) }, context);
      return (bodyOf(reply) as ChatCompletion).usage!.completion_tokens;
    }
    const reply = call('responses', { body: wire({ model, ...responsesBody(body), ...more }) }, context);
    const { usage } = bodyOf(reply) as Response;
    return usage!.output_tokens - usage!.output_tokens_details.reasoning_tokens;
  };
  const one = { toolCalls: [{ name: 'find_harbour', arguments: findHull.input }] };
  const both = { toolCalls: [...one.toolCalls, { name: 'tide_now', arguments: '{}' }] };
  const said = { text: 'The Nile.' };
  const tools = { functions: two };
  const thinking = { reasoning: { effort: 'low' } };

  test.each<[string, number, number]>([
    ['chat of gpt-4o', outputs('gpt-4o', 'chat', one, tools), 20],
    ['Responses of gpt-4o', outputs('gpt-4o', 'responses', one, tools), 21],
    ['Responses of gpt-5.4', outputs('gpt-5.4', 'responses', one, tools), 24],
    ['Responses of gpt-5.4 that thinks', outputs('gpt-5.4', 'responses', one, tools, thinking), 26],
    ['chat of gpt-5.4', outputs('gpt-5.4', 'chat', one, tools), 23],
    ['chat of gpt-4-0613', outputs('gpt-4-0613', 'chat', one, tools), outputs('gpt-4-turbo', 'chat', one, tools) + 3],
  ])('one call: %s', (_, got, expected) => {
    expect(got).toBe(expected);
  });

  test.each<[string, number, number]>([
    ['chat of gpt-4o', outputs('gpt-4o', 'chat', both, tools), 49],
    ['Responses of gpt-4o', outputs('gpt-4o', 'responses', both, tools), 50],
    ['Responses of gpt-5.4', outputs('gpt-5.4', 'responses', both, tools), 53],
    ['Responses of gpt-5.4 that thinks', outputs('gpt-5.4', 'responses', both, tools, thinking), 55],
  ])('two calls: %s', (_, got, expected) => {
    expect(got).toBe(expected);
  });

  test.each<[string, number, number]>([
    ['chat of gpt-4o', outputs('gpt-4o', 'chat', said), 3],
    ['chat of gpt-4o with tools', outputs('gpt-4o', 'chat', said, tools), 4],
    ['Responses of gpt-4o with tools', outputs('gpt-4o', 'responses', said, tools), 5],
    ['a refusal in chat', outputs('gpt-4o', 'chat', { refusal: 'The Nile.' }), 4],
    ['Responses of gpt-5.4', outputs('gpt-5.4', 'responses', said), 7],
    ['Responses of gpt-5.4 that thinks', outputs('gpt-5.4', 'responses', said, {}, thinking), 9],
    ['a schema in chat', outputs('gpt-4o', 'chat', said, { schema: RIVER_FACT }), 3],
    ['a schema and tools in chat', outputs('gpt-4o', 'chat', said, { schema: RIVER_FACT, ...tools }), 8],
    ['a schema in Responses of gpt-5.4', outputs('gpt-5.4', 'responses', said, { schema: RIVER_FACT }), 11],
    ['chat of gpt-5.4', outputs('gpt-5.4', 'chat', said), 6],
  ])('a text: %s', (_, got, expected) => {
    expect(got).toBe(expected);
  });

  test('a named call has its head in the prompt, and costs its arguments alone', () => {
    const named = { ...tools, choice: { name: 'find_harbour' } };
    expect(outputs('gpt-4o', 'chat', one, named)).toBe(9);
    expect(outputs('gpt-4o', 'responses', one, named)).toBe(10);
    expect(outputs('gpt-5.4', 'responses', one, named)).toBe(24);
  });
});
