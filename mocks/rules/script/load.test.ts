import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findingLine, loadScript, scriptFrom } from './load.ts';
import type { Script } from './script.ts';
import { watchScript } from './watch.ts';

async function fileWith(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-script-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

async function lines(name: string, text: string): Promise<string[]> {
  const file = await fileWith(name, text);
  const { findings } = await loadScript(file);
  return findings.map((finding) => findingLine(name, finding));
}

const YAML = `strict: true
rules:
  - name: greet
    match: { txt: hello }
    answer: Hi
  - match:
      text: { regex: "(" }
      header: { x.y: 3 }
    answers:
      - ok
      - { text: "{{modle}}" }
`;

test('each fault of a YAML file has its line and column', async () => {
  const found = await lines('rules.yaml', YAML);
  expect(found.map((line) => line.split(': error: ')[0])).toEqual([
    'rules.yaml:4:14',
    'rules.yaml:8:22',
    'rules.yaml:7:22',
    'rules.yaml:11:17',
  ]);
  expect(found[0]).toContain('rules[0].match.txt: expected one of the fields');
  expect(found[0]).toContain('did you mean "text"?');
  expect(found[3]).toContain('did you mean "model"?');
});

test('a list of rules has its places too, also in JSON', async () => {
  expect(await lines('rules.json', '[\n\t{"answer": "a"},\n\t{"answer": "b", "time": 3}\n]')).toEqual([
    expect.stringMatching(/^rules\.json:3:18: error: rules\[1\]\.time: .* did you mean "times"\?$/) as string,
  ]);
});

test('a doubt has a place and does not stand in the way', async () => {
  const file = await fileWith('rules.yml', '- answer: all\n- answer: never\n');
  const { script, findings } = await loadScript(file);
  expect(script?.rules).toHaveLength(2);
  expect(findings.map((finding) => findingLine('f', finding))).toEqual([
    'f:2:3: warning: rules[1]: "rule 2" is never asked: "rule 1" before it fits every request',
  ]);
});

test.each([
  ['rules.yaml', 'rules: [', /^rules\.yaml:1:\d+: error: not valid YAML: /],
  ['rules.yaml', 'a: 1\na: 2', /^rules\.yaml:2:1: error: not valid YAML: Map keys must be unique/],
  ['rules.ts', 'export const x = ;', /^rules\.ts: error: cannot be run: /],
  ['rules.ts', 'export const x = 1;', /^rules\.ts: error: exports no script/],
  ['rules.txt', '', /^rules\.txt: error: expected a file that ends with .json, .yaml.* found ".txt"$/],
])('%s with %j is refused', async (name, text, sentence) => {
  expect((await lines(name, text))[0]).toMatch(sentence);
});

test('a file that is not there is refused', async () => {
  await expect(scriptFrom('no-such-script.yaml')).rejects.toThrow(/cannot be used:\n.*cannot be read: ENOENT/);
});

test.each([
  ['export default [{ when: ({ text }) => text === "a", answer: () => "b" }];'],
  ['export const strict: boolean = false; export const rules: unknown[] = [{ answer: "b" }];'],
  ['export const script = { rules: [{ answer: "b" }] };'],
])('a module exports its script: %s', async (text) => {
  expect((await scriptFrom(await fileWith('rules.ts', text))).rules).toHaveLength(1);
});

test('a replaced file is read anew, and one that cannot be used is refused', async () => {
  const file = await fileWith('rules.ts', 'export default [{ name: "one", answer: "a" }];');
  const seen: string[] = [];
  let directive = Promise.withResolvers<void>();
  const directiveFor = (what: string): void => {
    seen.push(what);
    directive.resolve();
  };
  const stop = watchScript({
    file,
    intervalMs: 5,
    onScript: (script: Script) => directiveFor(script.rules[0]!.name),
    onRefusal: (error) => directiveFor((error as Error).name),
  });
  onTestFinished(stop);
  // In one step, as deployment tools do it: a plain write can be seen half done, however short the wait.
  const replaceWith = async (text: string): Promise<void> => {
    directive = Promise.withResolvers<void>();
    await writeFile(`${file}.new.ts`, text);
    await rename(`${file}.new.ts`, file);
    await directive.promise;
  };
  await replaceWith('export default [{ name: "two", answer: "bb" }];');
  await replaceWith('export default [{ nam: "three", answer: "ccc" }];');
  await replaceWith('export default [{ name: "four", answer: "dddd" }];');
  expect(seen).toEqual(['two', 'ScriptRefused', 'four']);
});

test('a file that is written in place is read once it stands still', async () => {
  const file = await fileWith('rules.json', JSON.stringify([{ name: 'one', answer: 'a' }]));
  const seen = Promise.withResolvers<string>();
  const stop = watchScript({
    file,
    intervalMs: 400,
    onScript: (script: Script) => seen.resolve(script.rules[0]!.name),
    onRefusal: seen.reject,
  });
  onTestFinished(stop);
  await writeFile(file, '');
  await writeFile(file, JSON.stringify([{ name: 'two', answer: 'b' }]));
  expect(await seen.promise).toBe('two');
});
