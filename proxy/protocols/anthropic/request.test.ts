import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { countTokens } from './count-tokens.ts';
import { messages } from './messages.ts';

const BODY: JsonObject = { model: 'claude', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
const blocks = (...content: JsonObject[]): JsonObject => ({ messages: [{ role: 'user', content }] });

test('the facts of a plain request', () => {
  expect(messages.facts({ ...BODY, stream: true, metadata: { user_id: 'u' } })).toEqual({
    model: 'claude',
    stream: true,
    includeUsage: true,
    includeObfuscation: true,
    stateful: false,
    store: false,
    encryptedItems: [],
    limitsOutput: true,
    user: 'u',
  });
  expect(countTokens.facts({ model: 'm', messages: [] })).toMatchObject({ model: 'm', stream: false });
});

test.each<[string, JsonObject]>([
  ['a server tool', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
  ['an unknown type of tool', { tools: [{ type: 'new_tool_20300101' }] }],
  ['a container', { container: 'container_01' }],
  ['an MCP server', { mcp_servers: [{ type: 'url', url: 'https://mcp.invalid' }] }],
  ['a file', blocks({ type: 'document', source: { type: 'file', file_id: 'file_01' } })],
  ['a file for a container', blocks({ type: 'container_upload', file_id: 'file_01' })],
  [
    'a file in a result',
    blocks({ type: 'tool_result', content: [{ type: 'image', source: { type: 'file', file_id: 'file_01' } }] }),
  ],
])('%s makes an answer depend on more than the request', (_name, more) => {
  expect(messages.facts({ ...BODY, ...more }).stateful).toBe(true);
});

test.each<[string, JsonObject]>([
  ['tools of the client', { tools: [{ name: 'f' }, { type: 'custom' }, { type: 'bash_20250124' }] }],
  ['empty lists', { tools: [], mcp_servers: [], container: null }],
  ['a picture', blocks({ type: 'image', source: { type: 'base64', data: 'AA==' } })],
])('%s does not', (_name, more) => {
  expect(messages.facts({ ...BODY, ...more }).stateful).toBe(false);
});

test.each<[JsonObject, string]>([
  [{ model: '' }, 'model: Field required'],
  [{ model: 4 }, 'model: Input should be a valid string'],
  [{ messages: 'hi' }, 'messages: Input should be a valid array'],
  [{ stream: 'yes' }, 'stream: Input should be a valid boolean'],
])('%o is refused in the words of the API', (change, message) => {
  expect(() => messages.facts({ ...BODY, ...change })).toThrow(message);
});

test.each(['model', 'messages', 'max_tokens'])('%s is required', (name) => {
  const { [name]: _, ...rest } = BODY;
  expect(() => messages.facts(rest)).toThrow(`${name}: Field required`);
});

test('what counts tokens is judged by its number, and costs nothing', () => {
  expect(countTokens.judgeBody(Buffer.from('{"input_tokens":14}'))).toMatchObject({
    complete: true,
    usage: { input: 0, output: 0 },
  });
  expect(countTokens.judgeBody(Buffer.from('{"type":"error","error":{}}'))).toMatchObject({ ended: false });
  expect(countTokens.judgeBody(Buffer.from('x'))).toMatchObject({ ended: false });
});
