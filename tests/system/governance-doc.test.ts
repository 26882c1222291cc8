import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { budgetEvent } from '../../proxy/govern/budget-event.ts';
import { fencedBlocks } from '../house/markdown.ts';
import { npmEnvironment } from '../setup/package.ts';
import type { StartedProcess } from '../setup/process.ts';
import { outputOf, PROXY, SHOWN_URL, shownAs, startShown, typed } from './document-shell.ts';

const run = promisify(execFile);
const document = readFileSync(fileURLToPath(new URL('../../docs/governance.md', import.meta.url)), 'utf8');
const blocks = fencedBlocks(document);
const [whole, ...excerpts] = blocks.filter(({ language }) => language === 'yaml');
/** The commands of a reader's two shells: the first starts the proxy, the others are one shell's, in order. */
const [start, ...commands] = blocks.filter(({ language }) => language === 'bash');

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-governance-doc-'));
let proxy: StartedProcess;

beforeAll(async () => {
  writeFileSync(join(folder, 'llmproxy.yaml'), whole!.code);
  proxy = await startShown(start!, folder);
});
afterAll(async () => {
  await proxy?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const type = (code: string): Promise<string> => typed(code, { folder, url: String(proxy.ready['url']) });

describe('the commands of docs/governance.md, in order', () => {
  test.each(commands.map((block) => [`line ${block.line}`, block] as const))('%s', async (_line, block) => {
    const printed = (await type(block.code)).replaceAll(/\s+/g, '');
    const output = outputOf(block, blocks);
    if (output === undefined) expect(printed).toBe('');
    else expect(printed).toMatch(shownAs(output));
  });

  test('most of them show what they print', () => {
    expect(commands.filter((block) => outputOf(block, blocks) !== undefined).length).toBeGreaterThan(
      commands.length / 2,
    );
  });
});

test('what was backed up is whole: restored, the key that was deleted since works again, and its value is shown', async () => {
  await proxy.stop();
  rmSync(join(folder, 'data'), { recursive: true });
  cpSync(join(folder, 'backup'), join(folder, 'data'), { recursive: true });
  proxy = await startShown(start!, folder);
  const printed = await type(
    `PROXY=${SHOWN_URL}; API=$PROXY/api/governance; curl -s $API/virtual-keys -H "$ADMIN"; echo; QUESTION="Say exactly: still here" ask; echo; echo $KEY`,
  );
  const key = printed.trim().split('\n').at(-1)!;
  expect(printed).toContain(`"value":"${key}"`);
  expect(printed).toContain('"content": "still here"');
});

test.each(excerpts.map((block) => [`line ${block.line}`, block] as const))(
  'the configuration of %s is accepted by llmproxy check',
  async (line, block) => {
    const file = join(folder, `${line}.yaml`);
    writeFileSync(
      file,
      `${block.code}\nmodels: { m: { endpoints: [{ provider: mock }] } }\n${/^(?:database|governance):/m.test(block.code) ? '' : 'database: {}\n'}`,
    );
    const given = [...block.code.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [
      name!,
      name!.includes('DATABASE') ? 'postgres://user:password@127.0.0.1/llmproxy' : 'redis://127.0.0.1',
    ]);
    const env = { ...npmEnvironment(), ...Object.fromEntries(given) };
    await expect(run(process.execPath, [PROXY, 'check', file], { env })).resolves.toBeDefined();
  },
);

test('the event of the webhook has the members that are shown', () => {
  const shown = JSON.parse(blocks.find(({ code }) => code.includes('budget.threshold_reached'))!.code) as Record<
    string,
    unknown
  >;
  const team = { kind: 'team', id: 't1', name: 'Search' };
  const warning = {
    level: 'team',
    scope: null,
    limitId: 'b1',
    threshold: 80,
    used: 815_000_000n,
    max: 1_000_000_000n,
    windowStart: 0,
  };
  const holder = { key: { id: 'k1', name: 'k' }, levels: [team] };
  const event = budgetEvent(warning as never, holder as never, 'cents', 0) as unknown as Record<string, unknown>;
  expect(Object.keys(shown)).toEqual(Object.keys(event));
  expect([shown['used'], shown['max_limit'], shown['level'], shown['unit']]).toEqual([
    event['used'],
    event['max_limit'],
    'team',
    'cents',
  ]);
});
