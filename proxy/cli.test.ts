import { afterEach, expect, test, vi } from 'vitest';

import { runCli } from './cli.ts';

afterEach(() => void vi.restoreAllMocks());

async function failureOf(...args: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  return { code: await runCli(args), said };
}

test('a misspelt command is unknown, and the one that was meant is named', async () => {
  expect(await failureOf('strat')).toEqual({
    code: 1,
    said: 'llmproxy: unknown command "strat"; did you mean start?\n',
  });
});

test('a word that resembles no command lists them all', async () => {
  const { code, said } = await failureOf('llmproxy.yaml');
  expect(code).toBe(1);
  expect(said).toMatch(
    /^llmproxy: unknown command "llmproxy\.yaml"; known: start, mock, conformance, check, init, usage, help/,
  );
});
