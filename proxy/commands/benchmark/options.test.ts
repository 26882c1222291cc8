import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../../tests/setup/temp-folder.ts';
import { OptionFault } from './faults.ts';
import { planOf, type BenchmarkOptions } from './options.ts';
import { readPrompts } from './prompts.ts';
import { holdsConversation, targetOf } from './providers.ts';

const plan = (options: BenchmarkOptions, environment: Record<string, string> = {}) => planOf(options, environment, '/');

test('without options the three providers are asked three prompts once', () => {
  const { source, prompts, ...rest } = plan({});
  expect(source).toMatchObject({
    kind: 'keys',
    chosen: [
      { provider: { id: 'openai' }, models: ['gpt-4o-mini'] },
      { provider: { id: 'google' }, models: ['gemini-1.5-flash'] },
      { provider: { id: 'anthropic' }, models: ['claude-3-haiku-20240307'] },
    ],
  });
  expect(prompts.map(({ name }) => name)).toEqual(['simple', 'medium', 'complex']);
  expect(rest).toEqual({ repeat: 1, warmUp: 0, pauseMs: 1_000, timeoutMs: 120_000, maxTokens: 1_024 });
});

test('providers are named in any case and order, Gemini by both names, models with their provider', () => {
  const { source } = plan({ mock: true, providers: ' Anthropic,gemini', models: 'google/a/b,google/c' });
  expect(source).toMatchObject({
    kind: 'mock',
    chosen: [
      { provider: { id: 'google' }, models: ['a/b', 'c'] },
      { provider: { id: 'anthropic' }, models: ['claude-3-haiku-20240307'] },
    ],
  });
});

test.each([
  ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/v1'],
  ['http://127.0.0.1:4000/v1/', 'http://127.0.0.1:4000/v1'],
  ['https://llm.example.com/team/v1', 'https://llm.example.com/team/v1'],
])('the address %s is asked at %s', (url, baseUrl) => {
  expect(plan({ url }).source).toMatchObject({ kind: 'url', baseUrl, key: undefined, models: undefined });
});

test('a key stands on the command line or in a variable', () => {
  const key = (given: string) => {
    const { source } = plan({ url: 'http://a', key: given }, { NAME: ' sk-lp-1 ' });
    return source.kind === 'url' ? source.key : undefined;
  };
  expect([key('sk-lp-2'), key('env:NAME')]).toEqual(['sk-lp-2', 'sk-lp-1']);
});

test.each<BenchmarkOptions>([
  { repeat: '1.5' },
  { repeat: '1001' },
  { warmUp: '-1' },
  { pause: '2' },
  { pause: '2h' },
  { timeout: '0' },
  { maxTokens: '40000' },
  { providers: '' },
  { providers: 'openai,,google' },
  { providers: 'openai', models: 'google/x' },
  { models: 'gpt-4o' },
  { models: 'openai/' },
  { url: 'ftp://a' },
  { url: 'http://a/?key=canary' },
  { url: 'http://a', key: 'env:MISSING' },
  { url: 'http://a', key: 'canary with blanks' },
  { url: 'http://a', mock: true },
  { key: 'canary' },
])('%j is refused, and no secret is repeated', (options) => {
  let fault: unknown;
  try {
    plan(options);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(OptionFault);
  expect(String(fault)).not.toContain('canary');
});

test('prompts are a list in YAML or JSON, taken as they are written', () => {
  const folder = tempFolder('prompts');
  writeFileSync(join(folder, 'p.yaml'), '- name: a\n  prompt: |\n    Say ${HOME}\n    $PATH\n');
  writeFileSync(join(folder, 'p.json'), '[{"name": "__proto__", "prompt": "x"}]');
  expect(readPrompts('p.yaml', folder)).toEqual([{ name: 'a', prompt: 'Say ${HOME}\n$PATH\n' }]);
  expect(readPrompts('p.json', folder)).toEqual([{ name: '__proto__', prompt: 'x' }]);
});

test.each([
  ['{', 'line 1'],
  ['a: 1', 'no list'],
  ['[]', 'no list'],
  ['[1]', 'prompt 1 needs a name'],
  ['[{name: a}]', 'prompt 1 needs a prompt'],
  ['[{name: "a\\nb", prompt: x}]', 'in one line'],
  ['[{name: a, prompt: x, model: y}]', 'unknown member "model"'],
  ['[{name: a, prompt: x}, {name: a, prompt: y}]', 'same name'],
  [JSON.stringify([{ name: 'a', prompt: 'x'.repeat(100_001) }]), '100000 characters'],
  [JSON.stringify(Array.from({ length: 51 }, (_, index) => ({ name: `${index}`, prompt: 'x' }))), '50 prompts'],
])('the prompts %.40s are refused: %s', (text, why) => {
  const folder = tempFolder('prompts');
  writeFileSync(join(folder, 'p.yaml'), text);
  expect(() => readPrompts('p.yaml', folder)).toThrow(why);
});

test.each([
  ['gpt-4o-mini', 'openai'],
  ['o3-mini', 'openai'],
  ['claude-sonnet-4-6', 'anthropic'],
  ['models/gemini-2.5-flash', 'google'],
  ['gemini/anything', 'google'],
  ['openrouter/claude-x', 'anthropic'],
  ['llama-3.3-70b', 'me'],
])('the model %s of a proxy is of %s', (model, provider) => {
  expect(targetOf(model, 'me')).toEqual({ provider, model });
});

test('models that hold no conversation are left out', () => {
  const names = [
    'gpt-4o',
    'text-embedding-3-small',
    'tts-1',
    'gpt-3.5-turbo-instruct',
    'dall-e-3',
    '*',
    'claude-haiku',
  ];
  expect(names.filter(holdsConversation)).toEqual(['gpt-4o', 'claude-haiku']);
});
