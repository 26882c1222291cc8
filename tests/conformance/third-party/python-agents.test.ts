import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inBothPlaces } from './places.ts';

const run = promisify(execFile);
const PYTHON = process.env['PYTHON'] ?? 'python3';

async function missing(module: string): Promise<string | undefined> {
  return run(PYTHON, ['-c', `import ${module}`]).then(
    () => undefined,
    () => `${PYTHON} has no package ${module.replace('_', '-')}`,
  );
}

async function resultsOf(script: string, baseURL: string): Promise<unknown> {
  const env = { ...process.env, OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: 'sk-test', PYTHONDONTWRITEBYTECODE: '1' };
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await run(PYTHON, [file], { env, timeout: 110_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

const [noPydantic, noSmolagents] = await Promise.all([missing('pydantic_ai'), missing('smolagents')]);

inBothPlaces((baseURL) => {
  test('pydantic-ai: tools are called once, outputs fit their models, every run ends', async (context) => {
    if (noPydantic !== undefined) context.skip(noPydantic);
    const oslo = [{ city: 'Oslo', temperature: 12.5 }, []];
    const expected = {
      text: [expect.stringContaining('"temperature":21.5') as string, ['Paris']],
      'tool output': [{ city: 'Paris', temperature: 21.5 }, ['Paris']],
      greeting: ['Mock response to: Hi there!', []],
      'no tools': oslo,
      native: oslo,
      prompted: oslo,
    };
    expect(await resultsOf('pydantic_ai_loops.py', baseURL)).toEqual({
      'openai-chat:gpt-4o-mini': expected,
      'openai-responses:gpt-4o-mini': expected,
      'openai-responses:gpt-5-mini': expected,
    });
  }, 120_000);

  test('smolagents: agents that call tools and agents that write code answer and end', async (context) => {
    if (noSmolagents !== undefined) context.skip(noSmolagents);
    const sunny = expect.stringContaining('sunny in Paris') as string;
    const hello = expect.stringContaining('Hello there!') as string;
    expect(await resultsOf('smolagents_loops.py', baseURL)).toEqual({
      tools: { question: [sunny, ['Paris'], 2], greeting: [hello, [], 1], sum: [expect.any(String) as string, [], 1] },
      code: { question: [sunny, ['Paris'], 2], greeting: [hello, [], 1], sum: ['391', [], 1] },
    });
  }, 120_000);
});
