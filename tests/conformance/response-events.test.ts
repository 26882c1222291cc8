import { expect, test } from 'vitest';
import { Judge, specificationIsThere } from './judge.ts';
import { bedForFile } from './bed.ts';

const bed = bedForFile();

const mcp = (name: string, over: object = {}) => ({
  type: 'mcp',
  server_label: 'dice',
  server_url: 'https://dice.example/mcp',
  allowed_tools: [name],
  require_approval: 'never',
  ...over,
});

/** Requests that together see every event a response can have. */
const REQUESTS: readonly object[] = [
  { input: 'Hello', background: true },
  { input: 'Hello', max_output_tokens: 16, model: 'gpt-5' },
  { input: 'Hello', model: 'gpt-5', reasoning: { summary: 'detailed' } },
  { input: 'Hello', model: 'gpt-oss-120b' },
  { input: 'Hello', modalities: ['text', 'audio'] },
  { input: 'weather', tools: [{ type: 'function', name: 'get_weather', parameters: {} }] },
  { input: 'Hello', tools: [{ type: 'custom', name: 'write' }] },
  { input: 'Hello', tools: [{ type: 'web_search' }] },
  { input: 'Hello', tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] },
  { input: 'Hello', tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] },
  { input: 'Hello', tools: [{ type: 'image_generation', size: '16x16', partial_images: 1 }] },
  { input: 'Hello', tools: [mcp('roll')] },
  { input: 'Hello', tools: [mcp('fail')] },
  { input: 'Hello', tools: [mcp('roll', { server_url: 'https://mcp.invalid' })] },
  { input: 'Hello', tools: [{ type: 'shell', environment: { type: 'container_auto' } }] },
  { input: 'Hello', tools: [{ type: 'apply_patch' }] },
];

async function typesOf(request: object): Promise<readonly string[]> {
  const response = await fetch(`${bed.mock.baseURL}/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', stream: true, tool_choice: 'required', ...request }),
  });
  return (await response.text())
    .split('\n')
    .filter((line) => line.startsWith('event: '))
    .map((line) => line.slice('event: '.length));
}

test.skipIf(!specificationIsThere)('every event of the specification is sent by the mock', async () => {
  const seen = new Set((await Promise.all(REQUESTS.map(typesOf))).flat());
  await bed.mock.answer({ match: {}, reply: { refusal: 'No.' }, times: 1 });
  for (const type of await typesOf({ input: 'Hello' })) seen.add(type);
  await bed.mock.answer({ match: {}, reply: { failure: { code: 'server_error', message: 'Gone.' } }, times: 1 });
  for (const type of await typesOf({ input: 'Hello' })) seen.add(type);
  const specified = new Judge().eventTypes;
  expect(specified.length).toBe(58);
  expect(specified.filter((type) => !seen.has(type))).toEqual([]);
});
