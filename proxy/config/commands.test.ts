import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';
import { tempFolder } from '../../tests/setup/temp-folder.ts';

import { runCheck, runChecks } from './check-command.ts';
import { runInit, sourceOf } from './init-command.ts';
import type { InitSource } from './init-command.ts';
import { TEMPLATE } from './template.ts';
import type { Environment } from './variables.ts';

/** Takes what a command prints. */
class Page {
  text = '';

  write(text: string): void {
    this.text += text;
  }
}

interface Result {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

function checkCommand(file: string | undefined, environment: Environment, here: string): Result {
  const [out, err] = [new Page(), new Page()];
  const exitCode = runCheck(file, environment, here, out, err);
  return { exitCode, output: out.text, errors: err.text };
}

function initCommand(here: string, source?: InitSource): Result {
  const [out, err] = [new Page(), new Page()];
  const exitCode = runInit(here, out, err, source);
  return { exitCode, output: out.text, errors: err.text };
}

function folder(): string {
  return tempFolder('command');
}

test('init writes a file that check accepts, once', () => {
  const here = folder();
  expect(initCommand(here).exitCode).toBe(0);
  const path = join(here, 'llmproxy.yaml');
  const [first, ...rest] = readFileSync(path, 'utf8').split('\n');
  expect(rest.join('\n')).toBe(TEMPLATE);
  const schema = /^# yaml-language-server: \$schema=(\/.+)$/.exec(first ?? '')?.[1] ?? '';
  expect(JSON.parse(readFileSync(schema, 'utf8'))).toMatchObject({ title: 'Configuration of llmproxy' });
  const check = checkCommand(undefined, {}, here);
  expect(check.exitCode).toBe(0);
  expect(check.output).toContain(`OK: ${path}`);
  expect(check.output).toContain('gpt-4o-mini: weighted over mock-1 (2), mock-2 (1), mock-3 (0)');
  writeFileSync(path, 'mine');
  expect(initCommand(here)).toMatchObject({ exitCode: 1, errors: expect.stringContaining('stays as it is') });
  expect(readFileSync(path, 'utf8')).toBe('mine');
});

test.each([
  ['.', './node_modules/llmproxy/llmproxy.schema.json'],
  ['services/llm', '../../node_modules/llmproxy/llmproxy.schema.json'],
])('init in %s of a project that has the package names the schema in it', (place, path) => {
  const project = folder();
  const [installed, here] = [join(project, 'node_modules/llmproxy'), join(project, place)];
  [installed, here].forEach((one) => mkdirSync(one, { recursive: true }));
  writeFileSync(join(installed, 'llmproxy.schema.json'), '{}');
  expect(initCommand(here).exitCode).toBe(0);
  expect(readFileSync(join(here, 'llmproxy.yaml'), 'utf8').split('\n')[0]).toBe(
    `# yaml-language-server: $schema=${path}`,
  );
});

test('init in a folder that is not there says so', () => {
  expect(initCommand(join(folder(), 'missing'))).toMatchObject({
    exitCode: 1,
    errors: expect.stringContaining('could not be written'),
  });
});

test('check tells every fault and fails', () => {
  const path = join(folder(), 'a.yaml');
  writeFileSync(path, 'prot: 1\nmodels: {}\n');
  const { output, errors, exitCode } = checkCommand(path, {}, '/');
  expect(exitCode).toBe(1);
  expect(output).toBe('');
  expect(errors).toContain('2 faults');
  expect(errors).toContain(`${path}:1:1 prot: unknown key`);
});

test('check without a file checks what would serve, and shows warnings', () => {
  expect(checkCommand(undefined, {}, folder()).output).toContain('the built-in configuration');
  const path = join(folder(), 'a.yaml');
  const endpoints = '[ { provider: openai, api_key: "" }, { provider: mock } ]';
  writeFileSync(path, `cache: { enabled: false }\nmodels: { m: { endpoints: ${endpoints} } }`);
  const { output } = checkCommand(path, {}, '/');
  expect(output).toContain('warning: ');
  expect(output).toContain('cache off');
});

function checks(files: readonly string[], allowUnset: boolean): Result {
  const [out, err] = [new Page(), new Page()];
  const exitCode = runChecks(files, { environment: {}, folder: '/', out, err, allowUnset });
  return { exitCode, output: out.text, errors: err.text };
}

test('check takes several files, and one that is wrong decides', () => {
  const here = folder();
  const [good, wrong] = ['good.yaml', 'wrong.yaml'].map((name) => join(here, name));
  writeFileSync(good!, 'models: { m: { endpoints: [ { provider: mock } ] } }');
  writeFileSync(wrong!, 'models: {}');
  expect(checks([good!, good!], false)).toMatchObject({ exitCode: 0, errors: '' });
  const { exitCode, output, errors } = checks([wrong!, good!], false);
  expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining(`OK: ${good}`) });
  expect(errors).toContain(wrong);
});

test.each([
  ['api_key: "${KEY}"', true, 0],
  ['api_key: "${KEY}"', false, 1],
  ['api_key: "${KEY}", weight: heavy', true, 1],
])('check of an endpoint with %s, unset variables allowed: %s', (members, allowed, exitCode) => {
  const path = join(folder(), 'a.yaml');
  writeFileSync(path, `models: { m: { endpoints: [ { provider: openai, ${members} } ] } }`);
  const checked = checks([path], allowed);
  expect(checked.exitCode).toBe(exitCode);
  expect(checked.output + checked.errors).toContain('KEY (line 1)');
});

test('init from a file of another tool writes its translation, with what is left to do, and prints that', () => {
  const here = folder();
  const params = '{ model: gpt-4o, api_key: sk-of-the-file, tpm: 5 }';
  writeFileSync(join(here, 'config.yaml'), `model_list: [ { model_name: m, litellm_params: ${params} } ]`);
  const { exitCode, output } = initCommand(here, sourceOf(['litellm', 'config.yaml']));
  expect(exitCode).toBe(0);
  expect(output).toContain('model_list[0].litellm_params.tpm: has no equal here\n');
  const text = readFileSync(join(here, 'llmproxy.yaml'), 'utf8');
  expect(text).toMatch(
    /^# yaml-language-server: .+\n# Translated by `llmproxy init --from litellm` from config\.yaml\.\n/,
  );
  expect(text).toContain('\n# - model_list[0].litellm_params.tpm: has no equal here\n\n');
  expect(text).not.toContain('sk-of-the-file');
  expect(checkCommand(undefined, { OPENAI_API_KEY: 'k' }, here)).toMatchObject({ exitCode: 0, errors: '' });
  writeFileSync(join(here, 'llmproxy.yaml'), 'mine');
  expect(initCommand(here, sourceOf(['litellm', 'config.yaml'])).exitCode).toBe(1);
  expect(readFileSync(join(here, 'llmproxy.yaml'), 'utf8')).toBe('mine');
});

test.each([
  ['a file that is not there', 'missing.yaml', 'could not be read'],
  ['a file without a model', 'empty.yaml', 'Nothing in empty.yaml became an endpoint'],
])('init from %s writes nothing and says why', (_what, file, sentence) => {
  const here = folder();
  writeFileSync(join(here, 'empty.yaml'), 'models: []');
  expect(initCommand(here, { tool: 'litellm', file })).toMatchObject({
    exitCode: 1,
    errors: expect.stringContaining(sentence),
  });
  expect(() => readFileSync(join(here, 'llmproxy.yaml'))).toThrow('ENOENT');
});

test.each([[['nginx', 'a']], [['litellm']], [['litellm', 'a', 'b']]])(
  '--from %j is refused with what there is',
  (from) => {
    expect(() => sourceOf(from)).toThrow('expected litellm FILE or portkey FILE');
  },
);

test('check --json has faults and warnings with their places, and the exit code of the text', () => {
  const here = folder();
  writeFileSync(join(here, 'good.yaml'), 'server: { cors: "*" }\nmodels: { m: { endpoints: [{ provider: mock }] } }\n');
  writeFileSync(join(here, 'bad.yaml'), 'log:\n  level: loud\nmodels: { m: { endpoints: [{ provider: mock }] } }\n');
  writeFileSync(join(here, 'unset.yaml'), 'models: { m: { endpoints: [{ provider: openai, api_key: "${KEY}" }] } }\n');
  const check = (files: readonly string[], allowUnset = false): { code: number; said: unknown; err: string } => {
    const [out, err] = [new Page(), new Page()];
    const code = runChecks(files, { environment: {}, folder: here, out, err, allowUnset, json: true });
    return { code, said: JSON.parse(out.text), err: err.text };
  };
  expect(check(['good.yaml', 'bad.yaml'])).toEqual({
    code: 1,
    err: '',
    said: {
      ok: false,
      files: [
        {
          file: join(here, 'good.yaml'),
          ok: true,
          faults: [],
          warnings: [
            {
              file: join(here, 'good.yaml'),
              line: 1,
              column: 17,
              path: 'server.cors',
              message: expect.stringContaining('every web page') as string,
            },
          ],
        },
        {
          file: join(here, 'bad.yaml'),
          ok: false,
          faults: [
            {
              file: join(here, 'bad.yaml'),
              line: 2,
              column: 10,
              path: 'log.level',
              message: expect.stringContaining('found "loud"') as string,
            },
          ],
          warnings: [],
        },
      ],
    },
  });
  const unset = { ok: true, files: [{ faults: [{ line: 1, unset: true }] }] };
  expect(check(['unset.yaml'], true)).toMatchObject({ code: 0, said: unset });
  expect(check(['unset.yaml'])).toMatchObject({ code: 1, said: { ok: false } });
  expect(check(['missing.yaml'])).toMatchObject({ code: 1, said: { files: [{ faults: [{ line: null, path: '' }] }] } });
  expect(check([])).toMatchObject({ code: 0, said: { ok: true, files: [{ file: null }] } });
});
