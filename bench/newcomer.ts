// The way of a newcomer, timed: `npm run newcomer -- [--out FILE]`. It packs this checkout and goes through the section "In a minute" of
// README.md in an empty folder: the commands, files and requests are those that stand there. Prints a table, and writes it to FILE.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fencedBlocks } from '../tests/house/markdown.ts';
import { describeMachine } from './machine.ts';
import { freePort } from './programs.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SHOWN = 'http://127.0.0.1:4000';
const START_LIMIT_MS = 60_000;

interface Step {
  readonly what: string;
  readonly ms: number;
  readonly seen: string;
}

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const blocks = fencedBlocks(readFileSync(join(ROOT, 'README.md'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'llmproxy-newcomer-'));
const steps: Step[] = [];

/** Nothing of the caller's but where programs are, and what npm needs to reach its registry and cache from a home that is empty. */
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(?:PATH|https?_proxy|no_proxy|.*CA_CERTS|npm_config_registry)$/i.test(name),
    ),
  ),
  HOME: join(folder, 'home'),
  npm_config_cache: npmSetting('cache'),
  npm_config_registry: npmSetting('registry'),
  npm_config_update_notifier: 'false',
};

function npmSetting(name: string): string {
  return execFileSync('npm', ['config', 'get', name], { cwd: tmpdir(), encoding: 'utf8' }).trim();
}

async function step<Result>(
  what: string,
  work: () => Result | Promise<Result>,
  seen: (result: Result) => string,
): Promise<Result> {
  const began = performance.now();
  const result = await work();
  steps.push({ what, ms: performance.now() - began, seen: seen(result) });
  return result;
}

/** A command of the README, run in the newcomer's folder. Fails where the README does not have it. */
function typed(command: string, instead = command): string {
  if (!blocks.some(({ code }) => code.split('\n').includes(command))) throw new Error(`README.md has no ${command}`);
  return execFileSync('bash', ['-c', instead], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function pack(): string {
  const args = ['pack', '--json', '--pack-destination', folder];
  const output = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [, name = ''] = /"filename": "([^"]+\.tgz)"/.exec(output) ?? [];
  return join(folder, name);
}

/** Starts the proxy as the README does, on a free port, and waits until it answers. */
async function start(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn('npx', ['llmproxy', 'start', '--port', String(port)], {
    cwd: folder,
    env: environment,
    stdio: 'ignore',
    detached: true,
  });
  const until = performance.now() + START_LIMIT_MS;
  while (performance.now() < until) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok === true) return { child, url };
    await after(20);
  }
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  throw new Error('the proxy did not answer within a minute');
}

/** The requests of the README's block, which curl sends: their bodies, in order. */
function bodiesShown(): string[] {
  const block = blocks.find(({ code }) => code.startsWith(`curl ${SHOWN}/v1/chat/completions`));
  return [...(block?.code ?? '').matchAll(/-d '([^']+)'/g)].map((match) => match[1] ?? '');
}

async function ask(url: string, body: string | undefined, expected: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body: body ?? '' });
  const text = await answer.text();
  const cache = answer.headers.get('x-llmproxy-cache');
  if (cache !== expected || !text.includes('Paris'))
    throw new Error(`expected a ${expected} with Paris, found ${cache}: ${text}`);
  return `Paris, \`x-llmproxy-cache: ${cache}\``;
}

/** The files of the README's test, and a run of it. */
function runTests(): string {
  for (const { code } of blocks) {
    const [, name] = /^\/\/ ([\w.-]+\.ts)\n/.exec(code) ?? [];
    if (name !== undefined) writeFileSync(join(folder, name), code);
  }
  const output = typed('npx vitest run', 'NO_COLOR=1 npx vitest run');
  const [, passed] = /Tests +(\d+ passed)/.exec(output) ?? [];
  if (passed === undefined) throw new Error(`no test has passed: ${output}`);
  return `${passed} against the mock`;
}

async function dashboard(url: string): Promise<string> {
  const answer = await fetch(`${url}/admin`);
  const text = await answer.text();
  return answer.ok && /<html/i.test(text) ? `a page of ${text.length} bytes` : `${answer.status}: there is none`;
}

function table(): string {
  const rows = steps.map(({ what, ms, seen }) => `| ${what} | ${(ms / 1_000).toFixed(2)} s | ${seen} |`);
  const total = steps.reduce((sum, { ms }) => sum + ms, 0);
  const first = steps.findIndex(({ seen }) => seen.includes('hit'));
  const untilHit = steps.slice(0, first + 1).reduce((sum, { ms }) => sum + ms, 0);
  return [
    '| step | time | seen |',
    '|---|--:|---|',
    ...rows,
    `| until the first cached answer | ${(untilHit / 1_000).toFixed(2)} s | |`,
    `| all of it | ${(total / 1_000).toFixed(2)} s | |`,
  ].join('\n');
}

const itself = (text: string): string => text;

async function walk(tarball: string): Promise<void> {
  await step(
    '`npm install llmproxy`',
    () => typed('npm install llmproxy', `npm install --prefer-offline ${tarball}`),
    () => 'of the packed checkout',
  );
  await step(
    '`npx llmproxy init`',
    () => typed('npx llmproxy init'),
    () => '`llmproxy.yaml`',
  );
  const { child, url } = await step('`npx llmproxy start`', start, () => 'listens');
  try {
    await step(`GET /admin`, () => dashboard(url), itself);
    const [first, second] = bodiesShown();
    await step('first answer', () => ask(url, first, 'miss'), itself);
    await step('first cached answer', () => ask(url, second, 'hit'), itself);
  } finally {
    process.kill(-(child.pid ?? 0), 'SIGINT');
  }
  const install = 'npm install --save-dev vitest openai';
  await step(
    `\`${install}\``,
    () => typed(install, `${install} --prefer-offline`),
    () => '',
  );
  await step('`npx vitest run`', runTests, itself);
}

try {
  const tarball = pack();
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await walk(tarball);
  console.log(table());
  if (values.out !== undefined) {
    const { cpu, cores, node } = describeMachine();
    const machine = `${cpu}, ${cores} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${node}`;
    writeFileSync(
      values.out,
      `# A newcomer's path\n\nWritten by \`npm run newcomer -- --out FILE\`; npm takes packages out of its cache. Measured on ${machine}.\n\n${table()}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
