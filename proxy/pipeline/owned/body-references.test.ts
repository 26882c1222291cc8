import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { mayHideReferences, referencesIn } from './body-references.ts';

const objects = (body: JsonObject): string[] => referencesIn(body).objects.toSorted();

test.each<[JsonObject, string[]]>([
  [{ input_file_id: 'file-1' }, ['file-1']],
  [{ training_file: 'file-1', validation_file: 'file-2' }, ['file-1', 'file-2']],
  [{ file_ids: ['file-1', 'file-2'] }, ['file-1', 'file-2']],
  [{ input: [{ content: [{ type: 'input_file', file_id: 'file-1' }] }] }, ['file-1']],
  [{ messages: [{ content: [{ type: 'file', file: { file_id: 'file-1' } }] }] }, ['file-1']],
  [{ tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }, ['vs_1']],
  [{ tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }, ['cntr_1']],
  [{ tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } }] }, ['file-1']],
  [{ messages: [{ content: [{ type: 'document', source: { type: 'file', file_id: 'f' } }] }] }, ['f']],
  [{ cachedContent: 'cachedContents/c' }, ['c']],
  [{ contents: [{ parts: [{ fileData: { fileUri: 'https://host/v1beta/files/abc' } }] }] }, ['abc']],
  [{ contents: [{ parts: [{ file_data: { file_uri: 'https://www.youtube.com/watch?v=abc' } }] }] }, []],
  [{ prompt: { id: 'pmpt_1', variables: { x: { type: 'input_file', file_id: 'file-1' } } } }, ['file-1']],
])('%j names %j', (body, ids) => {
  expect(objects(body)).toEqual(ids);
});

test.each<JsonObject>([
  { metadata: { file_id: 'x' } },
  { tools: [{ function: { parameters: { properties: { file_id: { default: 'x' } } } } }] },
  { messages: [{ content: [{ type: 'tool_use', input: { file_id: 'x' } }] }] },
  { contents: [{ parts: [{ functionCall: { args: { file_id: 'x' } } }] }] },
  { contents: [{ parts: [{ functionResponse: { response: { file_id: 'x' } } }] }] },
  { file_id: '', file_ids: [1, ''], container: { type: 'auto' } },
])('%j names nothing: it is data of the client', (body) => {
  expect(objects(body)).toEqual([]);
});

test('what a request goes on from stands at the top alone', () => {
  expect(referencesIn({ previous_response_id: 'resp_1' }).previousResponse).toBe('resp_1');
  expect(referencesIn({ conversation: 'conv_1' }).conversation).toBe('conv_1');
  expect(referencesIn({ conversation: { id: 'conv_1' } }).conversation).toBe('conv_1');
  expect(referencesIn({ input: { previous_response_id: 'resp_1', conversation: 'conv_1' } })).toEqual({
    previousResponse: undefined,
    conversation: undefined,
    objects: [],
  });
});

test('a deep and wide body is looked through without recursion', () => {
  let deep: JsonObject = { file_id: 'file-1' };
  for (let level = 0; level < 20_000; level += 1) deep = { deep };
  expect(objects({ deep, wide: Array.from({ length: 200_000 }, (_, index) => ({ index })) })).toEqual(['file-1']);
});

test.each([
  ['{"file_id":"a","file_id":"b"}', true],
  ['{"conversation":"a","conversation":"b"}', true],
  [String.raw`{"x":1,"file\u005fid":"a","x":2}`, true],
  ['{"a":1,"a":2}', false],
])('%s may hide an id: %s', (body, hides) => {
  expect(mayHideReferences(Buffer.from(body))).toBe(hides);
});
