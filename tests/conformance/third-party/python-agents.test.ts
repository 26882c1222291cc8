import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
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

/** What pytest says at its end, with the names of what failed. */
async function pytest(script: string, baseURL: string): Promise<string> {
  const env = { ...process.env, OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: 'sk-test', PYTHONDONTWRITEBYTECODE: '1' };
  const file = fileURLToPath(new URL(script, import.meta.url));
  const loops = [
    'asyncio_mode=auto',
    ...['test', 'fixture'].map((kind) => `asyncio_default_${kind}_loop_scope=session`),
  ];
  const options = [
    '-q',
    '-p',
    'no:cacheprovider',
    '-W',
    'ignore',
    '-c',
    devNull,
    ...loops.flatMap((loop) => ['-o', loop]),
  ];
  const ended = await run(PYTHON, ['-m', 'pytest', ...options, file], { env, timeout: 110_000 }).catch(
    (error: unknown) => error as { stdout: string },
  );
  return ended.stdout
    .split('\n')
    .filter((line) => /^(?:FAILED|ERROR)|\b(?:passed|failed)\b/.test(line))
    .join('\n');
}

const LANGCHAIN = ['langchain_openai', 'langchain_tests', 'pytest_asyncio'];
const [noPydantic, noSmolagents, ...noLangchain] = await Promise.all(
  ['pydantic_ai', 'smolagents', ...LANGCHAIN].map(missing),
);

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

  test('LangChain: all standard tests of chat models, over both interfaces, and of embeddings', async (context) => {
    const lacking = noLangchain.find((reason) => reason !== undefined);
    if (lacking !== undefined) context.skip(lacking);
    expect(await pytest('langchain_standard.py', baseURL)).toMatch(/^\d+ passed, \d+ skipped/);
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
