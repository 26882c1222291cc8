import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { tempFolder } from '../../../tests/setup/temp-folder.ts';
import { parseConfig } from '../../config/load.ts';
import { describeConfig, type ConfigRow } from '../../config/sources.ts';
import type { PrintConfigOptions } from './options.ts';
import { runPrintConfig } from './print-config-command.ts';

const TEXT = `
server: { port: "\${PORT:-4100}" }
auth: { admin_token: "\${TOKEN}" }
routing: { attempts: 2 }
models:
  "gpt-4.1": { endpoints: [{ provider: openai, api_key: sk-of-the-file-0001, weight: 3 }, { provider: mock }] }
`;
const ENVIRONMENT = { TOKEN: 'a-token-of-the-admin' };

async function printed(
  options: PrintConfigOptions = {},
  { section = '', file = 'llmproxy.yaml' } = {},
): Promise<{ code: number; out: string; err: string; folder: string }> {
  const folder = tempFolder('print-config');
  writeFileSync(join(folder, file), TEXT);
  let [out, err] = ['', ''];
  const place = {
    environment: ENVIRONMENT,
    folder,
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
  };
  return { code: await runPrintConfig(section, options, place), out, err, folder };
}

test('the text has a line for each setting, with the file as it is called from here', async () => {
  const { code, out, folder } = await printed({ port: 5000 });
  const lines = out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '));
  expect(code).toBe(0);
  expect(lines[0]).toBe(join(folder, 'llmproxy.yaml'));
  expect(lines).toEqual(
    expect.arrayContaining([
      'server.port | 5000 | --port',
      'server.host | 127.0.0.1 | default',
      'auth.admin_token | *** | ${TOKEN} (llmproxy.yaml:3)',
      'models["gpt-4.1"].endpoints[0].api_key | *** | llmproxy.yaml:6',
      'models["gpt-4.1"].routing.attempts | 2 | routing.attempts (llmproxy.yaml:4)',
    ]),
  );
  expect(out).not.toMatch(/sk-of|a-token/);
});

test('a path shows what is in it; one that nothing is in is a fault', async () => {
  const { out } = await printed({ json: true }, { section: 'models["gpt-4.1"].endpoints[0]' });
  const { settings } = JSON.parse(out) as { settings: readonly ConfigRow[] };
  expect(settings.length).toBeGreaterThan(4);
  expect(settings.filter(({ path }) => !path.startsWith('models["gpt-4.1"].endpoints[0].'))).toEqual([]);
  expect(await printed({}, { section: 'rout' })).toMatchObject({
    code: 1,
    out: '',
    err: 'llmproxy print-config: no setting that is in force begins with rout.\n',
  });
});

test('JSON has the source in parts', async () => {
  const { out, folder } = await printed({ json: true });
  const { file, settings } = JSON.parse(out) as { file: string; settings: readonly ConfigRow[] };
  expect(file).toBe(join(folder, 'llmproxy.yaml'));
  expect(settings.find(({ path }) => path === 'server.port')).toEqual({
    path: 'server.port',
    keys: ['server', 'port'],
    value: 4100,
    secret: false,
    source: { kind: 'environment-default', name: 'PORT', file: 'llmproxy.yaml', line: 2 },
  });
  expect(out).not.toMatch(/sk-of|a-token/);
});

test('the YAML is a configuration that means the same, credentials apart', async () => {
  const { out } = await printed({ yaml: true });
  expect(out).toContain('port: 4100 # default of ${PORT} (llmproxy.yaml:2)\n');
  const values = (text: string): unknown[] =>
    describeConfig(parseConfig(text, 'x', { environment: ENVIRONMENT })).map(({ path, value }) => [path, value]);
  expect(values(out)).toEqual(values(TEXT));
});

test('a file that cannot be used is refused with its faults', async () => {
  await expect(printed({ config: 'missing.yaml' })).rejects.toThrow('there is no such file');
});
