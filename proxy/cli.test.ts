import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';

import { runCli } from './cli.ts';
import { programFor } from './command-tree.ts';

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
    code: 2,
    said: 'llmproxy: unknown command "strat"; did you mean start?\n',
  });
});

test('a word that resembles no command lists them all', async () => {
  const { code, said } = await failureOf('llmproxy.yaml');
  expect(code).toBe(2);
  expect(said).toMatch(
    /^llmproxy: unknown command "llmproxy\.yaml"; known: start, check, init, print-config, status, keys, usage, explain, cache, benchmark, credentials, completion, mock, conformance, help/,
  );
});

const BIN = fileURLToPath(new URL('bin.ts', import.meta.url));
/** Writes the address of every module that is loaded. */
const TRACE = `import { registerHooks } from 'node:module';
registerHooks({ load: (url, context, next) => { process.stderr.write(url + '\\n'); return next(url, context); } });`;

test.each([['--help'], ['keys', '--help'], ['keys', 'create', '--help']])(
  '%s %s %s loads neither keys nor a database',
  (...args) => {
    const trace = `data:text/javascript,${encodeURIComponent(TRACE)}`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', trace, BIN, ...args], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: llmproxy');
    expect(stderr).toContain('proxy/cli.ts');
    expect(stderr).not.toMatch(
      /proxy\/(?:governance|database|usage|admin)\/|commands\/keys\/(?!program)|kysely|express/,
    );
  },
);

/** Answers every request with 404, and keeps what was asked. */
async function listener(): Promise<{ url: string; asked: IncomingMessage[]; bodies: string[] }> {
  const [asked, bodies]: [IncomingMessage[], string[]] = [[], []];
  const server = createServer((request, response) => {
    asked.push(request);
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
    request.on('end', () => response.writeHead(404).end('{"error":"There is no such thing."}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, bodies };
}

test('the options of keys create reach the proxy under the names of its fields', async () => {
  const { url, asked, bodies } = await listener();
  const line =
    `keys create --url ${url} --name n --description d --models a,b --providers p --budget 0.5 --budget-reset 1d ` +
    '--token-limit 1 --token-reset 1h --request-limit 2 --request-reset 1m --max-concurrency 3 --expires soon';
  expect(await failureOf(...line.split(' '))).toEqual({
    code: 1,
    said: 'llmproxy keys create: There is no such thing.\n',
  });
  expect(asked.map(({ method, url: path }) => `${method} ${path}`)).toEqual(['POST /api/governance/virtual-keys']);
  expect(JSON.parse(bodies.join(''))).toEqual({
    name: 'n',
    description: 'd',
    allowed_models: ['a', 'b'],
    allowed_providers: ['p'],
    budget: { max_limit: 0.5, reset_duration: '1d' },
    rate_limit: { token_max_limit: 1, token_reset_duration: '1h', request_max_limit: 2, request_reset_duration: '1m' },
    max_concurrency: 3,
    expires_at: 'soon',
  });
});

test.each([
  ['list --search a&b', 'GET /api/governance/virtual-keys?search=a%26b'],
  ['show k --value', 'GET /api/governance/virtual-keys?search=k'],
  ['rotate k --grace 1h', 'GET /api/governance/virtual-keys?search=k'],
  ['revoke k --delete', 'GET /api/governance/virtual-keys?search=k'],
])('keys %s asks the proxy', async (line, call) => {
  const { url, asked } = await listener();
  expect((await failureOf('keys', ...line.split(' '), '--url', url)).code).toBe(1);
  expect(asked.map(({ method, url: path }) => `${method} ${path}`)).toEqual([call]);
});

test.each([['keys'], ['keys creat'], ['keys create'], ['keys show'], ['keys list --value']])(
  '%s is refused with a sentence and code 2',
  async (line) => {
    const { code, said } = await failureOf(...line.split(' '));
    expect(code).toBe(2);
    expect(said).toMatch(/Usage: llmproxy keys|^llmproxy: /);
  },
);

/** What a command line ends with, in a process of its own, and the modules that it loads. */
function ended(...args: string[]): { code: number | null; out: string; err: string; modules: string[] } {
  const trace = `data:text/javascript,${encodeURIComponent(TRACE)}`;
  const child = spawnSync(process.execPath, ['--import', trace, BIN, ...args], { encoding: 'utf8' });
  const lines = child.stderr.split('\n');
  const isModule = (line: string): boolean => /^(?:file|node|data):/.test(line);
  const err = lines.filter((line) => !isModule(line)).join('\n');
  return { code: child.status, out: child.stdout, err, modules: lines.filter(isModule) };
}

test.each([
  ['mock --prot 4', "llmproxy: unknown option '--prot'\n(Did you mean --port?)\n"],
  ['mock record --targt x', "llmproxy: unknown option '--targt'\n(Did you mean --target?)\n"],
  ['conformance --targt x', "llmproxy: unknown option '--targt'\n(Did you mean --target?)\n"],
  ['start --prot 4', "llmproxy: unknown option '--prot'\n(Did you mean --port?)\n"],
  ['--prot 4', "llmproxy: unknown option '--prot'\n(Did you mean --port?)\n"],
  ['mock chck', 'llmproxy: unknown command "mock chck"; did you mean mock check?\n'],
  ['keys creat', 'llmproxy: unknown command "keys creat"; did you mean keys create?\n'],
  ['help mock recrod', 'llmproxy: unknown command "mock recrod"; did you mean mock record?\n'],
  ['mock --port x', 'llmproxy: --port: expected a port from 0 to 65535, found "x"\n'],
  ['conformance', 'llmproxy: --target: expected a URL, found nothing\n'],
])('%s: one parser for all, exit code 2', (line, err) => {
  expect(ended(...line.split(' '))).toMatchObject({ code: 2, out: '', err });
});

test.each(['mock', 'mock record', 'conformance', 'keys create', 'start'])('help %s is its own help', (name) => {
  const [help, own] = [ended('help', ...name.split(' ')), ended(...name.split(' '), '--help')];
  expect([help.code, help.out]).toEqual([0, own.out]);
  expect(own.out).toMatch(new RegExp(`^Usage: llmproxy ${name} \\[options\\]`));
});

test('the proxy loads nothing of the mock, and the mock nothing of the proxy’s commands and configuration', () => {
  const start = ended('start', '--config', '/no/such/file');
  expect([start.code, start.err]).toEqual([1, expect.stringContaining('there is no such file')]);
  expect(start.modules.filter((url) => url.includes('/mocks/'))).toEqual([]);
  const mock = ended('mock', '--help');
  expect(mock.modules.filter((url) => /\/proxy\/(?:commands\/(?!place)|config\/(?!fault|suggest))/.test(url))).toEqual(
    [],
  );
  expect(mock.modules.some((url) => url.includes('/mocks/commands/mock.ts'))).toBe(true);
});

/** Names of the commands that do something, with those above them. */
function leavesOf(command: Command, above = ''): string[] {
  return command.commands.flatMap((inner) => {
    const name = `${above}${inner.name()}`;
    const isGroup = inner.commands.length > 0 && inner.name() !== 'mock';
    return [...(isGroup ? [] : [name]), ...leavesOf(inner, `${name} `)];
  });
}

test('docs/command-line.md lists every command, and no other', async () => {
  const document = readFileSync(fileURLToPath(new URL('../docs/command-line.md', import.meta.url)), 'utf8');
  const table = document.slice(0, document.indexOf('\n## '));
  const named = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  const terms = { exit: () => {}, start: () => Promise.resolve(0) };
  const trees = await Promise.all([[], ['mock']].map((args) => programFor(args, terms)));
  expect(new Set(named)).toEqual(new Set(trees.flatMap((tree) => leavesOf(tree))));
});
