import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { haproxyConfig, nginxConfig } from './reverse-proxies.ts';
import { launchProxy, launchWithKeys, type ProxyOptions, type Server } from './llmproxy.ts';
import { coresOf } from './machine.ts';
import type { Asked } from './plan.ts';
import { installPeer, type Installed, launchLiteLlm, launchRolter } from './python-peers.ts';
import { freePort, launch, onPath, type Program } from './programs.ts';
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
  | 'rolter'
  | 'rolter-redis'
  | 'litellm'
  | 'llmproxy'
  /** The same, asked for a model without a cache. */
  | 'llmproxy-plain'
  /** The same, asked for a model with 200 endpoints and without a cache. */
  | 'llmproxy-200'
  | 'llmproxy-redis'
  /** With virtual keys on; clients send one. */
  | 'llmproxy-keys'
  | 'llmproxy-keys-redis'
  /** With `server.workers: 2`, on two cores. */
  | 'llmproxy-workers'
  /** At another commit, for `--against`. */
  | 'llmproxy-before'
  | 'llmproxy-redis-before';

export type Servers = Partial<Record<ServerName, Server>>;

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** How to start a server, pinned to its core, in front of the same upstream; or why this machine cannot have it. */
export type Launcher = (() => Promise<Server>) | { readonly reason: string };
export type Launchers = Readonly<Record<Exclude<ServerName, `${string}-before`>, Launcher>>;

const QUICK = { reason: '--quick leaves it out' };
const UNASKED = { reason: 'no case asks for it' };

export async function launchersFor({
  upstream,
  redisUrl,
  what,
}: {
  readonly upstream: Program;
  readonly redisUrl: string;
  readonly what: Pick<Asked, 'quick' | 'cases' | 'measurements'>;
}): Promise<Launchers> {
  const { quick } = what;
  // Streams are compared over all servers, too.
  const wanted = (...names: ServerName[]): boolean =>
    what.measurements.some(({ name }) => name === 'open-streams') ||
    what.cases.some(({ servers }) => names.some((name) => servers.includes(name)));
  const folder = tempFolder();
  // Started by root, nginx works as another user, who must get into its cache.
  chmodSync(folder, 0o755);
  const core = coresOf().server;
  const script = (file: string) => (): Promise<Program> =>
    launch({ command: process.execPath, args: [here(file), String(upstream.port)], core });
  const url = `http://127.0.0.1:${upstream.port}/v1`;
  const place = { folder, upstreamPort: upstream.port };
  const rolter = wanted('rolter', 'rolter-redis') ? await installPeer('rolter') : UNASKED;
  const liteLlm = !wanted('litellm') ? UNASKED : quick ? QUICK : await installPeer('litellm');
  /** Each in a folder of its own: a file that is written again would be read again by those that run. */
  const proxy =
    (name: string, options: Partial<ProxyOptions> = {}): Launcher =>
    () =>
      launchProxy(url, { ...options, folder: join(folder, name) });
  return {
    direct: () => Promise.resolve(upstream),
    floor: script('floor.ts'),
    relay: quick ? QUICK : script('relay.ts'),
    nginx: onPathOr('nginx', (file) => nginx(file, place)),
    haproxy: onPathOr('haproxy', (file) => haproxy(file, place)),
    middleware: quick ? QUICK : script('middleware.ts'),
    portkey: quick ? QUICK : portkey,
    rolter: from(rolter, (command) => launchRolter(command, place)),
    'rolter-redis': from(rolter, (command) => launchRolter(command, { ...place, redisUrl })),
    litellm: from(liteLlm, (command) => launchLiteLlm(command, place)),
    llmproxy: proxy('llmproxy'),
    'llmproxy-plain': proxy('plain'),
    'llmproxy-200': proxy('200'),
    'llmproxy-redis': proxy('redis', { redisUrl }),
    'llmproxy-keys': () => launchWithKeys(url, { folder: tempFolder() }),
    'llmproxy-keys-redis': () => launchWithKeys(url, { folder: tempFolder(), redisUrl }),
    'llmproxy-workers': proxy('workers', { server: { workers: 2 }, core: coresOf().workers }),
  };
}

function onPathOr(name: string, start: (file: string) => Promise<Program>): Launcher {
  const file = onPath(name);
  return file === undefined ? { reason: `there is no ${name} on PATH` } : () => start(file);
}

function from(installed: Installed, start: (command: string) => Promise<Program>): Launcher {
  return 'reason' in installed ? installed : () => start(installed.command);
}

interface Place {
  readonly folder: string;
  readonly upstreamPort: number;
}

async function nginx(file: string, { folder, upstreamPort }: Place): Promise<Program> {
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, nginxConfig({ port, upstreamPort, folder }));
  return launch({ command: file, args: ['-p', folder, '-c', config, '-e', 'stderr'], core: coresOf().server, port });
}

async function haproxy(file: string, { folder, upstreamPort }: Place): Promise<Program> {
  const port = await freePort();
  const config = join(folder, 'haproxy.cfg');
  writeFileSync(config, haproxyConfig({ port, upstreamPort }));
  return launch({ command: file, args: ['-db', '-q', '-f', config], core: coresOf().server, port });
}

async function portkey(): Promise<Program> {
  const port = await freePort();
  const entry = here('node_modules/@portkey-ai/gateway/build/start-server.js');
  return launch({
    command: process.execPath,
    args: [entry, `--port=${port}`, '--headless'],
    core: coresOf().server,
    port,
    env: { NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
  });
}
