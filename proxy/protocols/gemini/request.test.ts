import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import type { RequestHead } from '../../wire/http.ts';
import { countTokens } from './count-tokens.ts';
import { batchEmbedContents, embedContent } from './embed.ts';
import { generate } from './generate.ts';
import { modelCall } from './request.ts';

const head = (path: string, query = ''): RequestHead => ({ method: 'POST', path, query, headers: {} });
const GENERATE = head('/models/gemini-x:generateContent');
const BODY: JsonObject = { contents: [{ parts: [{ text: 'hi' }] }] };
const parts = (...all: JsonObject[]): JsonObject => ({ contents: [{ parts: all }] });

test.each([
  ['/models/gemini-x:generateContent', { model: 'gemini-x', verb: 'generateContent' }],
  ['/models/models/gemini-x:countTokens', { model: 'gemini-x', verb: 'countTokens' }],
  ['/models/org/name:8b:embedContent', { model: 'org/name:8b', verb: 'embedContent' }],
  ['/models/a%20b:generateContent', { model: 'a b', verb: 'generateContent' }],
  ['/tunedModels/mine:generateContent', { model: 'tunedModels/mine', verb: 'generateContent' }],
  ['/tunedModels/mine/permissions:list', undefined],
  ['/models/gemini-x', undefined],
  ['/files/x:download', undefined],
])('%s names %o', (path, call) => {
  expect(modelCall(path)).toEqual(call);
});

test('the path says which model, and whether and how the answer is streamed', () => {
  expect(generate.facts(BODY, GENERATE)).toEqual({
    model: 'gemini-x',
    stream: false,
    includeUsage: true,
    includeObfuscation: true,
    stateful: false,
    store: false,
    encryptedItems: [],
  });
  const path = '/models/gemini-x:streamGenerateContent';
  expect(generate.facts(BODY, head(path, 'alt=sse'))).toMatchObject({ stream: true });
  expect(generate.facts(BODY, head(path, 'alt=sse')).framing).toBeUndefined();
  expect(generate.facts(BODY, head(path, 'alt=json'))).toMatchObject({ stream: true, framing: 'array' });
  expect(() => generate.facts(BODY)).toThrow('The path names no model.');
});

test.each<[string, JsonObject]>([
  ['cached content', { cachedContent: 'cachedContents/x' }],
  ['cached content in snake case', { cached_content: 'cachedContents/x' }],
  ['a search', { tools: [{ googleSearch: {} }] }],
  ['a search in snake case', { tools: [{ google_search: {} }] }],
  ['two candidates', { generationConfig: { candidateCount: 2 } }],
  ['two candidates in snake case', { generation_config: { candidate_count: 2 } }],
  ['a file', parts({ fileData: { fileUri: 'files/x' } })],
  ['a file in snake case', parts({ file_data: { file_uri: 'files/x' } })],
])('%s makes an answer depend on more than the request', (_name, more) => {
  expect(generate.facts({ ...BODY, ...more }, GENERATE).stateful).toBe(true);
});

test('functions, one candidate and pictures do not', () => {
  const more = { tools: [{ functionDeclarations: [] }], generationConfig: { candidateCount: 1 } };
  const body = { ...parts({ inlineData: { data: 'AA==' } }), ...more };
  expect(generate.facts(body, GENERATE).stateful).toBe(false);
});

test('a limit of tokens and signatures are read in both spellings', () => {
  const body = (limit: string, config: string, signature: string): JsonObject => ({
    ...parts({ text: 'x', [signature]: 's1' }, { functionCall: {}, [signature]: 'skip_thought_signature_validator' }),
    [config]: { [limit]: 5 },
  });
  const camel = generate.facts(body('maxOutputTokens', 'generationConfig', 'thoughtSignature'), GENERATE);
  expect(generate.facts(body('max_output_tokens', 'generation_config', 'thought_signature'), GENERATE)).toEqual(camel);
  expect(camel).toMatchObject({ limitsOutput: true });
  expect(camel.encryptedItems).toHaveLength(1);
});

test('contents are required, and may be one content', () => {
  expect(() => generate.facts({}, GENERATE)).toThrow('contents is not specified');
  expect(() => generate.facts({ contents: [] }, GENERATE)).toThrow('contents is not specified');
  expect(generate.facts({ contents: { parts: { text: 'hi' } } }, GENERATE).model).toBe('gemini-x');
});

test('where the body repeats the model it is the one of the path, and is renamed with it', () => {
  const batch = head('/models/e:batchEmbedContents');
  const requests: JsonObject[] = [{ model: 'models/e', content: { parts: [] } }, { content: {} }];
  expect(batchEmbedContents.facts({ requests }, batch).model).toBe('e');
  expect(() => batchEmbedContents.facts({ requests: [{ model: 'models/other' }] }, batch)).toThrow(
    /more than one model/,
  );
  expect(() => embedContent.facts({ model: 'models/other' }, head('/models/e:embedContent'))).toThrow(/more than one/);
  const nested = { generateContentRequest: { model: 'models/e', contents: [] } };
  expect(countTokens.facts(nested, head('/models/e:countTokens')).model).toBe('e');
  const bytes = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  expect(batchEmbedContents.renameModel(bytes({ requests, n: 1 }), 'new')).toEqual([
    { op: 'set', key: 'requests', value: JSON.stringify([{ ...requests[0], model: 'models/new' }, requests[1]]) },
  ]);
  expect(embedContent.renameModel(bytes({ model: 'models/e', content: {} }), 'new')).toEqual([
    { op: 'set', key: 'model', value: '"models/new"' },
  ]);
  expect(countTokens.renameModel(bytes(nested), 'new')).toEqual([
    { op: 'set', key: 'generateContentRequest', value: '{"model":"models/new","contents":[]}' },
  ]);
  expect(countTokens.renameModel(bytes(BODY), 'new')).toEqual([]);
});

test('embeddings and counts are judged by what was asked for', () => {
  const embedding = { values: [0.5] };
  expect(embedContent.judgeBody(Buffer.from(JSON.stringify({ embedding }))).complete).toBe(true);
  expect(embedContent.judgeBody(Buffer.from('{"embedding":{}}')).ended).toBe(false);
  expect(batchEmbedContents.judgeBody(Buffer.from(JSON.stringify({ embeddings: [embedding] }))).complete).toBe(true);
  expect(batchEmbedContents.judgeBody(Buffer.from('{"embeddings":[]}')).ended).toBe(false);
  expect(countTokens.judgeBody(Buffer.from('{"totalTokens":3}'))).toMatchObject({
    complete: true,
    usage: { output: 0 },
  });
  expect(countTokens.judgeBody(Buffer.from('{"error":{"code":400}}'))).toMatchObject({
    ended: false,
    error: { error: {} },
  });
  expect(countTokens.judgeBody(Buffer.from('x')).ended).toBe(false);
});
