import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from './index.ts';
import { loadScript } from './rules/script/load.ts';

const PAGES = ['scripts', 'fleet', 'clock', 'sockets', 'webhooks', 'oracles', 'record-replay'];

async function snippets(language: string): Promise<(readonly [name: string, code: string])[]> {
  const all = PAGES.map(async (page) => {
    const text = await readFile(new URL(`../docs/mock/${page}.md`, import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, found]) => found === language);
    return blocks.map(([, , code = ''], at) => [`${page} ${at + 1}`, code] as const);
  });
  return (await Promise.all(all)).flat();
}

async function fileWith(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-docs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

test.each(await snippets('yaml'))('the script %s of the documentation can be used', async (_name, code) => {
  const { script, findings } = await loadScript(await fileWith('rules.yaml', code));
  expect(findings).toEqual([]);
  expect(script?.rules.length).toBeGreaterThan(1);
});

test('the diagnosis that the documentation shows is the one that its script gives', async () => {
  const [[, code] = ['', '']] = await snippets('yaml');
  const page = await readFile(new URL('../docs/mock/scripts.md', import.meta.url), 'utf8');
  const [quoted = ''] = /^(?:> .*\n)+/m.exec(page) ?? [];
  await using mock = await startMock({ script: await fileWith('rules.yaml', code) });
  const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] });
  const response = await fetch(`${mock.baseURL}/chat/completions`, { method: 'POST', body });
  const { error } = (await response.json()) as { error: { message: string } };
  expect(error.message).toBe(quoted.replaceAll(/^> /gm, '').replaceAll('\n', ' ').trim());
});

test.each(await snippets('ts'))(
  'the program %s of the documentation runs, and what it asserts holds',
  async (_name, code) => {
    expect(code).toContain('assert.');
    const here = pathToFileURL(join(import.meta.dirname, 'index.ts')).href;
    const file = await fileWith('snippet.ts', code.replace("'llmproxy/mock'", `'${here}'`));
    await expect(import(pathToFileURL(file).href)).resolves.toBeDefined();
  },
);
