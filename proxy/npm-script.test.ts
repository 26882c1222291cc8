import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { npmScriptEnds } from './npm-script.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Whether the end of the script `text` is noticed when the processes above become `after`. */
async function ends(text: string | undefined, before: (number | undefined)[], after: (number | undefined)[]) {
  let above = before;
  let ended = false;
  const env = text === undefined ? {} : { npm_lifecycle_script: text };
  void npmScriptEnds(env, () => above).then(() => (ended = true));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(ended).toBe(false);
  above = after;
  await vi.advanceTimersByTimeAsync(500);
  return ended;
}

test('the end of the shell is noticed, and so is the end of npm above it', async () => {
  for (const script of ['node proxy/bin.ts', 'llmproxy --port 4000', 'npm run build && llmproxy', 'llmproxy 2>&1'])
    expect(await ends(script, [20, 10], [1, 0])).toBe(true);
  expect(await ends('llmproxy', [20, 10], [20, 1])).toBe(true);
  expect(await ends('llmproxy', [20, undefined], [1, undefined])).toBe(true);
});

test('a proxy that the script means to leave running stays, and so does one that npm does not run', async () => {
  for (const script of [
    'llmproxy & vitest',
    'llmproxy&',
    'nohup llmproxy',
    'setsid llmproxy',
    'node tests.js',
    undefined,
  ])
    expect(await ends(script, [20, 10], [1, 0])).toBe(false);
});
