import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startMock, type Mock } from '../../mocks/index.ts';
import { startApp } from './bed.ts';
import { tempFolder } from '../setup/temp-folder.ts';

/** A folder where npm has installed the programs: they are large, and no dependencies of this project. */
const FOLDER = process.env['LLMPROXY_TEST_AGENTS'];
const PATIENCE_MS = 90_000;
const FACT = 'The Danube is 2850 km long.';
const PROMPT = 'Read river.txt and say how long the Danube is.';

interface Agent {
  readonly program: string;
  args(url: string): readonly string[];
  environment(url: string): Readonly<Record<string, string>>;
  /** Files that the program reads below its home. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Has the endpoint call a tool that reads the file, then say what it read. */
  prepare(mock: Mock, file: string): Promise<void>;
}

async function callThenSay(mock: Mock, tool: string, args: object): Promise<void> {
  await mock.answer({ match: { turn: 1, tools: tool }, reply: { toolCalls: [{ name: tool, arguments: args }] } });
  await mock.script([{ match: { toolResultOf: tool }, answer: 'FOUND: {{toolResult}}' }]);
}

const claude: Agent = {
  program: 'claude',
  args: () => ['-p', PROMPT, '--allowedTools', 'Read', '--output-format', 'text'],
  environment: (url) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'sk-ant-client',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_TELEMETRY: '1',
  }),
  prepare: (mock, file) => callThenSay(mock, 'Read', { file_path: file }),
};

const codex: Agent = {
  program: 'codex',
  args: (url) => [
    'exec',
    '--skip-git-repo-check',
    '--dangerously-bypass-approvals-and-sandbox',
    '-c',
    'model_provider="proxy"',
    '-c',
    `model_providers.proxy={name="proxy",base_url="${url}/v1",env_key="KEY",wire_api="responses"}`,
    '-m',
    'gpt-5',
    PROMPT,
  ],
  environment: () => ({ KEY: 'sk-client' }),
  prepare: (mock, file) => callThenSay(mock, 'exec_command', { cmd: `cat ${file}` }),
};

const gemini: Agent = {
  program: 'gemini',
  args: () => ['-p', PROMPT, '-m', 'gemini-2.5-flash', '--approval-mode', 'yolo', '--skip-trust'],
  environment: (url) => ({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'key-of-client' }),
  settings: {
    '.gemini/settings.json': JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
    }),
  },
  prepare: (mock, file) => callThenSay(mock, 'read_file', { file_path: file }),
};

function programOf({ program }: Agent): string {
  return join(FOLDER ?? '', 'node_modules/.bin', program);
}

function isMissing(agent: Agent): boolean {
  return FOLDER === undefined || !existsSync(programOf(agent));
}

/** Endpoints by what they speak. */
const ENDPOINTS = {
  Messages: ({ url }: Mock) => ({ provider: 'anthropic', base_url: url, model: 'claude-sonnet-4-5' }),
  Responses: ({ baseURL }: Mock) => ({ provider: 'openai', base_url: baseURL, api: 'responses', model: 'gpt-5' }),
  chat: ({ baseURL }: Mock) => ({ provider: 'openai', base_url: baseURL, api: 'chat', model: 'gpt-5' }),
  Gemini: ({ url }: Mock) => ({ provider: 'gemini', base_url: url, model: 'gemini-2.5-flash' }),
} as const;

async function run(program: string, agent: Agent, url: string, folder: string): Promise<string> {
  const child = spawn(program, agent.args(url), {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...agent.environment(url) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`${agent.program} ended with ${child.exitCode}: ${errors.slice(-2_000)}`);
  return out;
}

async function writeSettings({ settings = {} }: Agent, home: string): Promise<void> {
  for (const [name, content] of Object.entries(settings)) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), content);
  }
}

const CASES: readonly (readonly [name: string, family: keyof typeof ENDPOINTS, agent: Agent])[] = [
  ['Claude Code', 'Messages', claude],
  ['Claude Code', 'Responses', claude],
  ['Claude Code', 'chat', claude],
  ['Claude Code', 'Gemini', claude],
  ['Codex CLI', 'Responses', codex],
  ['Codex CLI', 'chat', codex],
  ['Codex CLI', 'Messages', codex],
  ['Codex CLI', 'Gemini', codex],
  ['Gemini CLI', 'Gemini', gemini],
  ['Gemini CLI', 'Messages', gemini],
  ['Gemini CLI', 'Responses', gemini],
  ['Gemini CLI', 'chat', gemini],
];

for (const [name, family, agent] of CASES) {
  const title = `${name} completes a task of two turns with an endpoint that speaks ${family}`;
  test(title, { timeout: PATIENCE_MS + 30_000 }, async (context) => {
    if (isMissing(agent)) context.skip(`LLMPROXY_TEST_AGENTS names no folder where npm has installed ${agent.program}`);
    await using mock = await startMock();
    const folder = tempFolder('agent');
    const file = join(folder, 'river.txt');
    await writeFile(file, `${FACT}\n`);
    await writeSettings(agent, folder);
    await agent.prepare(mock, file);
    const endpoint = { ...ENDPOINTS[family](mock), name: 'endpoint', api_key: 'sk-endpoint' };
    const app = await startApp({ models: { '*': { endpoints: [endpoint] } } }, () => undefined);
    try {
      expect(await run(programOf(agent), agent, app.url, folder)).toContain('FOUND: ');
      const asked = (await mock.requests()).filter(({ method }) => method === 'POST');
      expect(asked.map(({ status }) => status)).toEqual([200, 200]);
      expect(JSON.stringify(asked.at(-1)?.body)).toContain(FACT);
    } finally {
      await app.close();
    }
  });
}
