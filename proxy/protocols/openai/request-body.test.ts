import { expect, test } from 'vitest';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { PROTOCOLS } from '../table.ts';
type OpenAiOperation = 'chat.completions' | 'completions' | 'responses' | 'embeddings';

const valid: Record<OpenAiOperation, JsonObject> = {
  'chat.completions': { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
  completions: { model: 'm', prompt: 'hi' },
  responses: { model: 'm', input: 'hi' },
  embeddings: { model: 'm', input: ['hi'] },
};
const operations = Object.keys(valid) as OpenAiOperation[];

function refusal(operation: OpenAiOperation, change: JsonObject): string {
  const body = { ...valid[operation], ...change };
  for (const [key, value] of Object.entries(change)) if (value === 'ABSENT') delete body[key];
  try {
    PROTOCOLS[operation].facts(body);
    return 'accepted';
  } catch (error) {
    return error instanceof ProxyError
      ? `${error.status} ${error.code} ${error.param}: ${error.message}`
      : String(error);
  }
}

test.each(operations)('%s: a plain request gives plain facts', (operation) => {
  expect(PROTOCOLS[operation].facts(valid[operation])).toEqual({
    model: 'm',
    stream: false,
    includeUsage: false,
    includeObfuscation: true,
    stateful: false,
    encryptedItems: [],
    // Legacy completions have a limit of their own.
    ...(operation === 'completions' ? { limitsOutput: true } : {}),
    ...(operation === 'responses'
      ? { store: true }
      : { store: false, own: { user: '', metadata: '', safety_identifier: '', prompt_cache_key: '' } }),
  });
  expect(PROTOCOLS[operation].id).toBe(operation);
});

test.each(operations)('%s: a missing, empty or mistyped model is refused with its name', (operation) => {
  const must = '400 missing_required_parameter model: you must provide a model parameter';
  expect(refusal(operation, { model: 'ABSENT' })).toBe(must);
  expect(refusal(operation, { model: null })).toBe(must);
  expect(refusal(operation, { model: '' })).toBe(must);
  expect(refusal(operation, { model: 4 })).toBe(
    "400 invalid_type model: Invalid type for 'model': expected a string, but got an integer instead.",
  );
});

test.each(operations)(
  '%s: stream and its options are refused in the wrong type, null is as good as absent',
  (operation) => {
    const type = (param: string, expected: string, got: string) =>
      `400 invalid_type ${param}: Invalid type for '${param}': expected ${expected}, but got ${got} instead.`;
    expect(refusal(operation, { stream: 'yes' })).toBe(type('stream', 'a boolean', 'a string'));
    expect(refusal(operation, { stream: 1.5 })).toBe(type('stream', 'a boolean', 'a decimal number'));
    expect(refusal(operation, { stream_options: [] })).toBe(type('stream_options', 'an object', 'an array'));
    expect(refusal(operation, { stream_options: { include_usage: {} } })).toBe(
      type('stream_options.include_usage', 'a boolean', 'an object'),
    );
    expect(refusal(operation, { stream: null, stream_options: null })).toBe('accepted');
  },
);

test.each([
  [
    'chat.completions',
    { messages: 'ABSENT' },
    "missing_required_parameter messages: Missing required parameter: 'messages'.",
  ],
  [
    'chat.completions',
    { messages: 'hi' },
    "invalid_type messages: Invalid type for 'messages': expected an array of objects, but got a string instead.",
  ],
  [
    'chat.completions',
    { messages: [{}, null] },
    "invalid_type messages[1]: Invalid type for 'messages[1]': expected an object, but got null instead.",
  ],
  ['responses', { input: 'ABSENT' }, "missing_required_parameter input: Missing required parameter: 'input'."],
  [
    'responses',
    { input: true },
    "invalid_type input: Invalid type for 'input': expected one of a string or an array, but got a boolean instead.",
  ],
  [
    'responses',
    { background: 'x' },
    "invalid_type background: Invalid type for 'background': expected a boolean, but got a string instead.",
  ],
  ['embeddings', { input: null }, "missing_required_parameter input: Missing required parameter: 'input'."],
  [
    'embeddings',
    { input: {} },
    "invalid_type input: Invalid type for 'input': expected one of a string or an array, but got an object instead.",
  ],
  [
    'completions',
    { prompt: 3 },
    "invalid_type prompt: Invalid type for 'prompt': expected one of a string or an array, but got an integer instead.",
  ],
] as [OpenAiOperation, JsonObject, string][])('%s with %j is refused', (operation, change, message) => {
  expect(refusal(operation, change)).toBe(`400 ${message}`);
});

test('what the endpoint may judge passes: unknown members, odd values, no prompt', () => {
  expect(
    refusal('chat.completions', { messages: [], temperature: 99, top_k: 'x', user: 7, prompt_cache_key: null }),
  ).toBe('accepted');
  expect(refusal('completions', { prompt: 'ABSENT' })).toBe('accepted');
  for (const context of ['previous_response_id', 'conversation', 'prompt']) {
    expect(refusal('responses', { input: 'ABSENT', [context]: 'x' })).toBe('accepted');
  }
});

test('the facts that routing and caching need are read', () => {
  const facts = PROTOCOLS['chat.completions'].facts({
    ...valid['chat.completions'],
    stream: true,
    stream_options: { include_usage: true, include_obfuscation: false },
    store: false,
    user: 'u',
    prompt_cache_key: 'k',
    cache: { ttl: 5 },
  });
  expect(facts).toMatchObject({
    stream: true,
    includeUsage: true,
    includeObfuscation: false,
    store: false,
    user: 'u',
    promptCacheKey: 'k',
    cache: { ttl: 5 },
  });
});

test.each([
  ['responses', undefined, true],
  ['responses', null, true],
  ['responses', false, false],
  ['responses', true, true],
  ['chat.completions', undefined, false],
  ['chat.completions', null, false],
  ['chat.completions', false, false],
  ['chat.completions', true, true],
] as const)('%s with store %s: kept by the provider %s', (operation, store, kept) => {
  const body = { ...valid[operation], user: 'u', metadata: { a: 'b' }, ...(store === undefined ? {} : { store }) };
  const facts = PROTOCOLS[operation].facts(body);
  expect(facts.store).toBe(kept);
  const own = { user: '"u"', metadata: '{"a":"b"}', safety_identifier: '', prompt_cache_key: '' };
  expect(facts.own).toEqual(kept ? undefined : own);
});

test('Responses: state at the provider and encrypted items are seen', () => {
  const facts = (body: JsonObject) => PROTOCOLS.responses.facts({ model: 'm', input: 'x', ...body });
  expect(facts({ background: true }).stateful).toBe(true);
  expect(facts({ conversation: 'conv_1' }).stateful).toBe(true);
  expect(facts({ background: false, conversation: null }).stateful).toBe(false);
  expect(facts({ previous_response_id: 'resp_1' }).previousResponseId).toBe('resp_1');
  const input: JsonObject[] = [
    { type: 'reasoning', id: 'rs_1', encrypted_content: 'gAAAA', summary: [] },
    { type: 'reasoning', id: 'rs_2', summary: [] },
    { type: 'reasoning', encrypted_content: 'gAAAA' },
    { type: 'compaction', id: 'cmp_1', encrypted_content: 'gAAAA' },
  ];
  expect(facts({ input }).encryptedItems).toEqual(['rs_1', 'cmp_1']);
});

test('embeddings are never streamed, whatever the body says', () => {
  expect(PROTOCOLS.embeddings.facts({ ...valid.embeddings, stream: true }).stream).toBe(false);
  expect(() => PROTOCOLS.embeddings.bodyToStream(Buffer.from('{}'))).toThrow('not streamed');
  expect(PROTOCOLS.embeddings.judgeStream([]).complete).toBe(false);
});

test.each([
  ['chat.completions', 'max_tokens'],
  ['chat.completions', 'max_completion_tokens'],
  ['responses', 'max_output_tokens'],
] as const)('%s: %s limits the output', (operation, name) => {
  expect(PROTOCOLS[operation].facts({ ...valid[operation], [name]: 5 }).limitsOutput).toBe(true);
  expect(PROTOCOLS[operation].facts({ ...valid[operation], [name]: null }).limitsOutput).toBeUndefined();
});
