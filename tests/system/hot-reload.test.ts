import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import { startProxy, type ProxyProcess } from '../setup/services.ts';
import { chat, collect, nonce, textOf } from './ask.ts';
import { clientOf } from './bed.ts';

let folder: string;
let file: string;
let mocks: Mock[];
let proxy: ProxyProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llmproxy-reload-'));
  file = join(folder, 'llmproxy.yaml');
  mocks = [await startMock(), await startMock()];
  await write(config({ 'gpt-4o-mini': 0 }));
  proxy = await startProxy({ config: file });
});
afterEach(async () => {
  await proxy.stop();
  await Promise.all(mocks.map((mock) => mock.close()));
  await rm(folder, { recursive: true, force: true });
});

/** Public models, and the place of the mock that each has. */
function config(models: Readonly<Record<string, number>>, more: object = {}): string {
  const entries = Object.entries(models).map(([name, place]) => [
    name,
    {
      endpoints: [{ provider: 'openai', name: `mock-${place}`, base_url: mocks[place]!.baseURL, api_key: 'sk-reload' }],
    },
  ]);
  return JSON.stringify({ log: { format: 'json' }, ...more, models: Object.fromEntries(entries) as object });
}

/** As editors and deployments do it: a new file takes the old one's place. */
async function write(text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

async function models(): Promise<string[]> {
  return (await clientOf(proxy.url).models.list()).data.map(({ id }) => id);
}

async function endpointOf(content: string): Promise<string | null> {
  const { response } = await clientOf(proxy.url).chat.completions.create(chat(content)).withResponse();
  return response.headers.get('x-llmproxy-endpoint');
}

const patience = { timeout: 10_000 };

test('a changed file is taken without a restart, and stored answers stay', async () => {
  expect(await models()).toEqual(['gpt-4o-mini', 'auto']);
  const first = await clientOf(proxy.url).chat.completions.create(chat('kept'));
  await write(config({ 'gpt-4o-mini': 0, 'gpt-4o': 1 }));
  await expect.poll(models, patience).toEqual(['gpt-4o-mini', 'gpt-4o', 'auto']);
  const { data, response } = await clientOf(proxy.url).chat.completions.create(chat('kept')).withResponse();
  expect(response.headers.get('x-llmproxy-cache')).toBe('hit');
  expect(data.id).toBe(first.id);
  expect(await mocks[0]!.requests()).toHaveLength(1);
});

test('a wrong file is refused whole: the old one stays in force, and the log names the place', async () => {
  const wrong = config({ 'gpt-4o-mini': 1, 'gpt-4o': 1 }).replace('"api_key":"sk-reload"', '"api_kye":"sk-reload"');
  await write(wrong);
  await expect.poll(() => proxy.stderr(), patience).toContain('the old one stays in force');
  expect(proxy.stderr()).toContain('api_kye');
  expect(proxy.stderr()).toContain('llmproxy.yaml:1:');
  expect(await models()).toEqual(['gpt-4o-mini', 'auto']);
  expect(await endpointOf(nonce())).toBe('gpt-4o-mini/mock-0');
});

test('text that is no YAML, and a file that is gone, change nothing', async () => {
  await write('models: [unclosed');
  await expect.poll(() => proxy.stderr(), patience).toContain('the old one stays in force');
  await rm(file);
  process.kill(proxy.pid, 'SIGHUP');
  await expect.poll(() => proxy.stderr().split('the old one stays in force').length, patience).toBe(3);
  expect(await endpointOf(nonce())).toBe('gpt-4o-mini/mock-0');
});

test('SIGHUP reads the file again', async () => {
  process.kill(proxy.pid, 'SIGHUP');
  await expect.poll(() => proxy.stderr(), patience).toContain('configuration reloaded');
  expect(await endpointOf(nonce())).toBe('gpt-4o-mini/mock-0');
});

test('a running stream finishes where it began, new requests go where the new file says', async () => {
  await mocks[0]!.pace({ tokensPerSecond: 10 });
  const stream = await clientOf(proxy.url).chat.completions.create({ ...chat('Count from 1 to 5'), stream: true });
  const rest = collect(stream);
  await write(config({ 'gpt-4o-mini': 1 }));
  await expect.poll(() => endpointOf(nonce()), patience).toBe('gpt-4o-mini/mock-1');
  expect(textOf(await rest)).toBe('1\n2\n3\n4\n5');
  expect((await mocks[0]!.requests())[0]).toMatchObject({ aborted: false });
});

test('a model that is gone is unknown, and comes back with its file', async () => {
  await write(config({ 'gpt-4o': 0 }));
  await expect.poll(models, patience).toEqual(['gpt-4o', 'auto']);
  await expect(endpointOf('hi')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  await write(config({ 'gpt-4o-mini': 0 }));
  await expect.poll(models, patience).toEqual(['gpt-4o-mini', 'auto']);
  expect(await endpointOf(nonce())).toBe('gpt-4o-mini/mock-0');
});

test('what takes a restart is said, and the rest of the file is taken', async () => {
  await write(config({ 'gpt-4o-mini': 1 }, { cache: { memory: '1MiB' } }));
  await expect.poll(() => proxy.stderr(), patience).toContain('cache.memory');
  await expect.poll(() => endpointOf(nonce()), patience).toBe('gpt-4o-mini/mock-1');
});
