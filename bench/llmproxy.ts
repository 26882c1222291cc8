import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coresOf } from './machine.ts';
import { launch, type Program } from './programs.ts';

/** A program, with the key that its clients have to send. */
export interface Server extends Program {
  readonly key?: string;
}

export interface ProxyOptions {
  readonly folder: string;
  readonly redisUrl?: string;
  /** Another checkout of the proxy. */
  readonly root?: string;
  /** Another file to start; default: the source of `root`. */
  readonly entry?: string;
  /** Whether it knows endpoints of Anthropic's API; false for commits before those. */
  readonly messages?: boolean;
  /** `cache.memory`; default: so little that it is soon full, and what grows afterwards is not the cache. */
  readonly memory?: string;
  readonly models?: object;
  /** Members of the section `server`. */
  readonly server?: object;
  /** Sections of the configuration beside those that every proxy has. */
  readonly sections?: object;
  readonly core?: string;
}

/** Endpoints of the model that `endpoints-200` asks for. */
const ENDPOINTS = 200;
const MODELS = ['bench-json', 'bench-burst', 'bench-paced', 'bench-hold', 'bench-1mb', 'bench-1mb-stream'];
/** Streams that an endpoint of Anthropic's API answers. */
const MESSAGES_MODELS = ['bench-burst-messages', 'bench-paced-messages'];

const root = fileURLToPath(new URL('..', import.meta.url));

/** `name` is cached, `name-plain` is not; the upstream reads the same word in both. */
function modelsOf(upstreamUrl: string, messages: boolean): Record<string, object> {
  const endpoint = (provider: string): object => ({ provider, base_url: upstreamUrl, api_key: 'sk-bench' });
  const models = (names: readonly string[], provider: string): [string, object][] => {
    const endpoints = [endpoint(provider)];
    return names.flatMap((name) => [
      [name, { endpoints }],
      [`${name}-plain`, { endpoints, cache: { enabled: false } }],
    ]);
  };
  const many = Array.from({ length: ENDPOINTS }, (_none, at) => ({ ...endpoint('openai'), name: `endpoint-${at}` }));
  return {
    ...Object.fromEntries([...models(MODELS, 'openai'), ...(messages ? models(MESSAGES_MODELS, 'anthropic') : [])]),
    'bench-json-200': { endpoints: many, cache: { enabled: false } },
  };
}

/** The proxy as users run it: everything on, an access line for each request. */
export function launchProxy(upstreamUrl: string, options: ProxyOptions): Promise<Program> {
  const { redisUrl, folder, messages = true, sections = {}, server = {} } = options;
  const { memory = redisUrl === undefined ? '16MiB' : '0', models = modelsOf(upstreamUrl, messages) } = options;
  const file = join(folder, `${redisUrl === undefined ? 'memory' : 'redis'}.yaml`);
  const config = {
    server: { host: '127.0.0.1', ...server },
    log: { format: 'json' },
    cache: { memory },
    ...(redisUrl === undefined ? {} : { redis: { url: redisUrl, prefix: `bench-${process.pid}` } }),
    models,
    ...sections,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(config, undefined, 2));
  const { entry = join(options.root ?? root, 'proxy/bin.ts') } = options;
  return launch({
    command: process.execPath,
    args: [entry, '--config', file, '--port', '0', '--json'],
    core: options.core ?? coresOf().server,
  });
}

/** The proxy with virtual keys, a ledger on SQLite, and one key that has limits of every kind. */
export async function launchWithKeys(upstreamUrl: string, options: ProxyOptions): Promise<Server> {
  const { folder } = options;
  const program = await launchProxy(upstreamUrl, { ...options, sections: keysSections(folder) });
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
