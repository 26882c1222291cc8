import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkCommand } from './check.ts';
import { runCommand } from './command.ts';

async function check(...files: string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const print = (more: string): void => void (text += more);
  return { code: await runCommand((exit) => checkCommand(exit, print), files), text };
}

test('check reports errors and warnings of every file, and fails when one cannot be used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-script-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [good, bad] = [join(folder, 'good.yaml'), join(folder, 'bad.yaml')];
  await writeFile(good, '- answer: a\n- answer: b\n');
  await writeFile(bad, '- anser: a\n');
  expect(await check(good)).toEqual({
    text: `${good}:2:3: warning: rules[1]: "rule 2" is never asked: "rule 1" before it fits every request\n${good}: 2 rules, no error, 1 warning\n`,
    code: 0,
  });
  const { text, code } = await check(good, bad);
  expect(code).toBe(1);
  expect(text).toContain(`${bad}: 2 errors\n`);
  await expect(check()).rejects.toThrow("missing required argument 'file'");
});
