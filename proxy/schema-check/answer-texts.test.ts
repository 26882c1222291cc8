import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../core/json.ts';
import { answerTexts } from './answer-texts.ts';
import type { SchemaFamily } from './types.ts';

const choice = (message: Json, more: JsonObject = {}): JsonObject => ({ choices: [{ index: 0, message, ...more }] });
const output = (...items: JsonObject[]): JsonObject => ({ object: 'response', output: items });
const message = (...content: JsonObject[]): JsonObject => ({ type: 'message', role: 'assistant', content });
const said = (text: string): JsonObject => ({ type: 'output_text', text, annotations: [] });
const blocks = (...content: JsonObject[]): JsonObject => ({ type: 'message', content, stop_reason: 'end_turn' });
const parts = (...of: JsonObject[]): JsonObject => ({ candidates: [{ content: { role: 'model', parts: of } }] });

test.each<[SchemaFamily, string, JsonObject, readonly string[] | undefined]>([
  ['chat', 'text', choice({ content: '{}' }), ['{}']],
  [
    'chat',
    'every choice',
    { choices: [choice({ content: '1' }), choice({ content: '2' })].flatMap(({ choices }) => choices as Json[]) },
    ['1', '2'],
  ],
  [
    'chat',
    'text in parts',
    choice({
      content: [
        { type: 'text', text: '{"a"' },
        { type: 'text', text: ':1}' },
      ],
    }),
    ['{"a":1}'],
  ],
  ['chat', 'a refusal', choice({ content: null, refusal: 'No.' }), []],
  ['chat', 'an empty refusal', choice({ content: '{}', refusal: '' }), ['{}']],
  [
    'chat',
    'a refusal beside a text',
    { choices: [{ message: { content: null, refusal: 'No.' } }, { message: { content: '{}', refusal: null } }] },
    ['{}'],
  ],
  ['chat', 'calls of tools', choice({ content: 'Let me see.', tool_calls: [{ id: 'c', type: 'function' }] }), []],
  ['chat', 'no calls', choice({ content: '{}', tool_calls: [] }), ['{}']],
  ['chat', 'a call of a function', choice({ content: null, function_call: { name: 'f', arguments: '{}' } }), []],
  ['chat', 'what a filter stopped', choice({ content: '' }, { finish_reason: 'content_filter' }), []],
  ['chat', 'an answer that was cut at its limit', choice({ content: '{"a' }, { finish_reason: 'length' }), ['{"a']],
  ['chat', 'no text', choice({ content: null }), ['']],
  ['chat', 'no choice', { choices: [] }, undefined],
  ['chat', 'another body', { output: [] }, undefined],

  ['responses', 'text', output(message(said('{}'))), ['{}']],
  ['responses', 'text in parts', output(message(said('{"a"'), said(':1}'))), ['{"a":1}']],
  ['responses', 'thoughts before', output({ type: 'reasoning', summary: [] }, message(said('{}'))), ['{}']],
  [
    'responses',
    'words before the last message',
    output(message(said('Searching.')), { type: 'web_search_call' }, message(said('{}'))),
    ['{}'],
  ],
  ['responses', 'a refusal', output(message({ type: 'refusal', refusal: 'No.' })), []],
  ['responses', 'calls of functions alone', output({ type: 'function_call', name: 'f', arguments: '{}' }), []],
  ['responses', 'words before a call', output(message(said('Let me see.')), { type: 'function_call', name: 'f' }), []],
  [
    'responses',
    'an incomplete answer',
    { ...output(message(said('{"a'))), status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    ['{"a'],
  ],
  [
    'responses',
    'an incomplete refusal',
    {
      ...output(message({ type: 'refusal', refusal: 'N' })),
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    },
    [],
  ],
  [
    'responses',
    'what a filter stopped',
    { ...output(), status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
    [],
  ],
  ['responses', 'nothing but thoughts', output({ type: 'reasoning', summary: [] }), ['']],
  ['responses', 'another body', { choices: [] }, undefined],

  ['messages', 'text', blocks({ type: 'text', text: '{}' }), ['{}']],
  [
    'messages',
    'text in blocks',
    blocks({ type: 'thinking', thinking: 'Hm' }, { type: 'text', text: '{"a"' }, { type: 'text', text: ':1}' }),
    ['{"a":1}'],
  ],
  [
    'messages',
    'words before a search',
    blocks({ type: 'text', text: 'Searching.' }, { type: 'server_tool_use', name: 's' }, { type: 'text', text: '{}' }),
    ['{}'],
  ],
  [
    'messages',
    'calls of tools',
    blocks({ type: 'text', text: 'Let me see.' }, { type: 'tool_use', name: 'f', input: {} }),
    [],
  ],
  ['messages', 'a refusal', { ...blocks({ type: 'text', text: 'No' }), stop_reason: 'refusal' }, []],
  ['messages', 'a turn that goes on', { ...blocks({ type: 'text', text: 'Se' }), stop_reason: 'pause_turn' }, []],
  [
    'messages',
    'an answer that was cut at its limit',
    { ...blocks({ type: 'text', text: '{"a' }), stop_reason: 'max_tokens' },
    ['{"a'],
  ],
  ['messages', 'nothing', blocks(), ['']],
  ['messages', 'another body', { content: '{}' }, undefined],

  ['gemini', 'text', parts({ text: '{}' }), ['{}']],
  [
    'gemini',
    'text in parts, without thoughts',
    parts({ text: 'Hm', thought: true }, { text: '{"a"' }, { text: ':1}' }),
    ['{"a":1}'],
  ],
  [
    'gemini',
    'every candidate',
    { candidates: [{ content: { parts: [{ text: '1' }] } }, { content: { parts: [{ text: '2' }] } }] },
    ['1', '2'],
  ],
  [
    'gemini',
    'code that was run before',
    parts({ text: 'Counting.' }, { executableCode: { code: '1' } }, { text: '{}' }),
    ['{}'],
  ],
  ['gemini', 'a call', parts({ text: 'Let me see.' }, { functionCall: { name: 'f', args: {} } }), []],
  ['gemini', 'a prompt that is blocked', { promptFeedback: { blockReason: 'SAFETY' } }, []],
  ['gemini', 'an answer that is blocked', { candidates: [{ finishReason: 'SAFETY' }] }, []],
  [
    'gemini',
    'an answer that was cut at its limit',
    { candidates: [{ content: { parts: [{ text: '{"a' }] }, finishReason: 'MAX_TOKENS' }] },
    ['{"a'],
  ],
  ['gemini', 'nothing', { candidates: [{ finishReason: 'STOP' }] }, ['']],
  ['gemini', 'another body', { choices: [] }, undefined],
])('%s, %s', (family, _what, answer, texts) => {
  expect(answerTexts(family, answer)).toEqual(texts);
});

test('what is no object is no answer', () => {
  expect([null, 1, '{}', []].map((answer) => answerTexts('chat', answer))).toEqual(Array(4).fill(undefined));
});
