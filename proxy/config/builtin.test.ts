import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';
import { tempFolder } from '../../tests/setup/temp-folder.ts';

import { builtinConfig, loadOrBuiltin, locateConfig } from './builtin.ts';
import { TEMPLATE } from './template.ts';

test('without a file six models are served by three mock endpoints each, weights 2, 1 and 0', () => {
  const { config, warnings } = builtinConfig({ environment: {} });
  expect(warnings).toEqual([]);
  expect(config.models.map(({ name }) => name)).toEqual([
    'gpt-4o-mini',
    'gpt-4o',
    'gpt-4.1',
    'gpt-5-mini',
    'text-embedding-3-small',
    'gpt-3.5-turbo',
    'claude-sonnet-4-6',
    'gemini-2.5-flash',
  ]);
  for (const { endpoints } of config.models) {
    expect(endpoints.map(({ weight }) => weight)).toEqual([2, 1, 0]);
    expect(endpoints.map(({ target }) => target)).toEqual(
      ['mock-1', 'mock-2', 'mock-3'].map((server) => ({ kind: 'bundled', server })),
    );
  }
});

test('the file of the repository is the template', () => {
  const file = readFileSync(new URL('../../llmproxy.yaml', import.meta.url), 'utf8');
  expect(file).toBe(TEMPLATE);
});

test('the flag goes before the variable, the variable before the file of the folder', () => {
  const folder = tempFolder('locate');
  expect(locateConfig(undefined, {}, folder)).toBeUndefined();
  writeFileSync(join(folder, 'llmproxy.yaml'), TEMPLATE);
  expect(locateConfig(undefined, {}, folder)).toBe(join(folder, 'llmproxy.yaml'));
  expect(locateConfig(undefined, { LLMPROXY_CONFIG: 'b.yaml' }, folder)).toBe(join(folder, 'b.yaml'));
  expect(locateConfig('/a.yaml', { LLMPROXY_CONFIG: 'b.yaml' }, folder)).toBe('/a.yaml');
  expect(loadOrBuiltin(join(folder, 'llmproxy.yaml'), { environment: {} }).config.models).toHaveLength(8);
});

test('the commented lines of the template are right once the comment sign is taken off', () => {
  const real = TEMPLATE.replace(/^( *)# ( *(?:- \{|"\*":|endpoints:|[\w.-]+:$))/gm, '$1$2').replace(
    /# strategy: sticky/,
    'strategy: sticky',
  );
  const { config } = loadText(real);
  expect(config.models.at(-1)?.name).toBe('*');
  expect(config.models.map(({ endpoints }) => endpoints.length)).toEqual([4, 5, 4, 4, 4, 4, 4, 4, 1]);
});

function loadText(text: string): ReturnType<typeof builtinConfig> {
  const path = join(tempFolder('template'), 'llmproxy.yaml');
  writeFileSync(path, text);
  return loadOrBuiltin(path, {
    environment: { OPENAI_API_KEY: 'sk-x', EXAMPLE_API_KEY: 'k', ANTHROPIC_API_KEY: 'k', GEMINI_API_KEY: 'k' },
  });
}
