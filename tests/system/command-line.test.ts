import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../setup/temp-folder.ts';
import { command } from './command.ts';

const FILE = `
server: { port: 4100 }
models:
  m: { endpoints: [{ provider: openai, api_key: "\${OWN_KEY}" }] }
`;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder('command-line');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('print-config shows every setting with its source and no key, as text, JSON and YAML', async () => {
  const cwd = folderWith({ 'mine.yaml': FILE });
  const env = { LLMPROXY_CONFIG: 'mine.yaml', OWN_KEY: 'sk-own-key-0000001' };
  const [text, json, yaml] = await Promise.all([
    command(['print-config', '--host', 'localhost'], { cwd, env }),
    command(['print-config', 'models.m', '--json'], { cwd, env }),
    command(['print-config', '--yaml', '--config', 'mine.yaml'], { cwd, env }),
  ]);
  expect([text.code, json.code, yaml.code, text.err + json.err + yaml.err]).toEqual([0, 0, 0, '']);
  expect(text.out).toMatch(/^server\.host +localhost +--host$/m);
  expect(text.out).toMatch(/^server\.port +4100 +mine\.yaml:2$/m);
  expect(text.out).toMatch(/^models\.m\.endpoints\[0\]\.api_key +\*\*\* +\$\{OWN_KEY\} \(mine\.yaml:4\)$/m);
  expect(JSON.parse(json.out)).toMatchObject({ file: join(cwd, 'mine.yaml') });
  expect(yaml.out).toContain('  port: 4100 # mine.yaml:2\n');
  expect(text.out + json.out + yaml.out).not.toContain('own-key');
});

test('print-config refuses a faulty file as check does, and check --json says where', async () => {
  const cwd = folderWith({ 'llmproxy.yaml': 'log: { level: loud }\n' });
  const printed = await command(['print-config'], { cwd });
  expect([printed.code, printed.out]).toEqual([1, '']);
  expect(printed.err).toContain('llmproxy.yaml:1:15 log.level: expected one of');
  const checked = await command(['check', '--json'], { cwd });
  expect([checked.code, checked.err]).toEqual([1, '']);
  expect(JSON.parse(checked.out)).toMatchObject({
    ok: false,
    files: [{ faults: [{ path: 'models' }, { line: 1, column: 15 }] }],
  });
});
