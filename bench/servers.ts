import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { haproxyConfig, nginxConfig } from './reverse-proxies.ts';
import { launch, onPath, type Program } from './programs.ts';
import { tempFolder } from './temp-folder.ts';

/** What is measured. `direct` is the upstream itself: its times are the zero of the others. */
export type ServerName =
  | 'direct'
  | 'floor'
  | 'relay'
  | 'nginx'
  | 'haproxy'
  | 'middleware'
  | 'portkey'
  | 'llmproxy'
  | 'llmproxy-redis'
  /** The same two with virtual keys on; clients send one. */
  | 'llmproxy-keys'
  | 'llmproxy-keys-redis'
  /** The same two at another commit, for `--against`. */
  | 'llmproxy-before'
  | 'llmproxy-redis-before';

/** A program, with the key that its clients have to send. */
export interface Server extends Program {
  readonly key?: string;
}

export type Servers = Partial<Record<ServerName, Server>>;

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const MODELS = ['bench-json', 'bench-burst', 'bench-paced', 'bench-hold'];
/** Streams that an endpoint of Anthropic's API answers. */
const MESSAGES_MODELS = ['bench-burst-messages', 'bench-paced-messages'];

/** `name` is cached, `name-plain` is not; the upstream reads the same word in both. */
function modelsOf(upstreamUrl: string, messages: boolean): Record<string, object> {
  const models = (names: readonly string[], provider: string): [string, object][] => {
    const endpoints = [{ provider, base_url: upstreamUrl, api_key: 'sk-bench' }];
    return names.flatMap((name) => [
      [name, { endpoints }],
      [`${name}-plain`, { endpoints, cache: { enabled: false } }],
    ]);
  };
  return Object.fromEntries([...models(MODELS, 'openai'), ...(messages ? models(MESSAGES_MODELS, 'anthropic') : [])]);
}

function configFile(folder: string, name: string, config: object): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(config, undefined, 2));
  return file;
}

/** The proxy as users run it: everything on, an access line for each request. */
export function launchProxy(
  upstreamUrl: string,
  options: {
    readonly redisUrl?: string;
    readonly folder: string;
    readonly root?: string;
    /** Whether it knows endpoints of Anthropic's API; false for commits before those. */
    readonly messages?: boolean;
    /** Sections of the configuration beside those that every proxy has. */
    readonly sections?: object;
  },
): Promise<Program> {
  const { redisUrl, folder, root = here('..'), messages = true, sections = {} } = options;
  const file = configFile(folder, `${redisUrl === undefined ? 'memory' : 'redis'}.yaml`, {
    server: { host: '127.0.0.1' },
    log: { format: 'json' },
    // Small enough to be full soon: what grows afterwards is not the cache.
    cache: { memory: redisUrl === undefined ? '16MiB' : '0' },
    ...(redisUrl === undefined ? {} : { redis: { url: redisUrl, prefix: `bench-${process.pid}` } }),
    models: modelsOf(upstreamUrl, messages),
    ...sections,
  });
  const entry = join(root, 'proxy/bin.ts');
  return launch({ command: process.execPath, args: [entry, '--config', file, '--port', '0', '--json'], core: 0 });
}

/** The proxy with virtual keys, a ledger on SQLite, and one key that has limits of every kind. */
async function launchWithKeys(
  upstreamUrl: string,
  options: { readonly redisUrl?: string; readonly folder: string },
): Promise<Server> {
  const folder = join(options.folder, options.redisUrl === undefined ? 'keys' : 'keys-redis');
  mkdirSync(folder, { recursive: true });
  const program = await launchProxy(upstreamUrl, { ...options, folder, sections: keysSections(folder) });
  const limits = { token_max_limit: 10 ** 15, request_max_limit: 10 ** 15 };
  const response = await fetch(`http://127.0.0.1:${program.port}/api/governance/virtual-keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'bench',
      budget: { max_limit: 10 ** 12, reset_duration: '1M' },
      rate_limit: { ...limits, token_reset_duration: '1h', request_reset_duration: '1h' },
    }),
  });
  const made = (await response.json()) as { readonly virtual_key?: { readonly value: string } };
  if (made.virtual_key === undefined) throw new Error(`a virtual key could not be made: ${JSON.stringify(made)}`);
  return { ...program, key: made.virtual_key.value };
}

/** The sections that turn virtual keys on, with the database in this folder. */
export function keysSections(folder: string): object {
  return { governance: {}, database: { url: `sqlite:${join(folder, 'llmproxy.db')}` }, auth: { admin: 'open' } };
}

export type Launchers = Partial<Record<ServerName, () => Promise<Server>>>;

/** How to start each server that this machine can have, pinned to core 0, in front of the same upstream. */
export function launchersFor(upstream: Program, redisUrl: string): Launchers {
  const folder = tempFolder();
  // Started by root, nginx works as another user, who must get into its cache.
  chmodSync(folder, 0o755);
  const script = (file: string) => (): Promise<Program> =>
    launch({ command: process.execPath, args: [here(file), String(upstream.port)], core: 0 });
  const url = `http://127.0.0.1:${upstream.port}/v1`;
  const [nginxFile, haproxyFile] = [onPath('nginx'), onPath('haproxy')];
  return {
    direct: () => Promise.resolve(upstream),
    floor: script('floor.ts'),
    relay: script('relay.ts'),
    ...(nginxFile === undefined ? {} : { nginx: () => nginx(nginxFile, folder, upstream.port) }),
    ...(haproxyFile === undefined ? {} : { haproxy: () => haproxy(haproxyFile, folder, upstream.port) }),
    middleware: script('middleware.ts'),
    portkey,
    llmproxy: () => launchProxy(url, { folder }),
    'llmproxy-redis': () => launchProxy(url, { folder, redisUrl }),
    'llmproxy-keys': () => launchWithKeys(url, { folder }),
    'llmproxy-keys-redis': () => launchWithKeys(url, { folder, redisUrl }),
  };
}

/** Starts those of `names`; all of them without. */
export async function startServers(launchers: Launchers, names?: readonly ServerName[]): Promise<Servers> {
  const servers: Servers = {};
  for (const [name, start] of Object.entries(launchers) as [ServerName, () => Promise<Server>][]) {
    if (names === undefined || names.includes(name)) servers[name] = await start();
  }
  return servers;
}

async function nginx(file: string, folder: string, upstreamPort: number): Promise<Program> {
  const port = await getPort({ host: '127.0.0.1' });
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, nginxConfig({ port, upstreamPort, folder }));
  return launch({ command: file, args: ['-p', folder, '-c', config, '-e', 'stderr'], core: 0, port });
}

async function haproxy(file: string, folder: string, upstreamPort: number): Promise<Program> {
  const port = await getPort({ host: '127.0.0.1' });
  const config = join(folder, 'haproxy.cfg');
  writeFileSync(config, haproxyConfig({ port, upstreamPort }));
  return launch({ command: file, args: ['-db', '-q', '-f', config], core: 0, port });
}

async function portkey(): Promise<Program> {
  const port = await getPort({ host: '127.0.0.1' });
  const entry = here('node_modules/@portkey-ai/gateway/build/start-server.js');
  return launch({
    command: process.execPath,
    args: [entry, `--port=${port}`, '--headless'],
    core: 0,
    port,
    env: { NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
  });
}
