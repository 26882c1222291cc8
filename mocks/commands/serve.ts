import { setFlagsFromString } from 'node:v8';
import { optionsOf } from '../server/options/overrides.ts';
import type { ServerParts } from '../server/options/options.ts';
import type { MockServer, ServerCertificate } from '../server/server.ts';
import type { Command } from './command.ts';
import type { MockCommand } from './mock-options.ts';

/** What is started and says where it listens. */
interface Listening {
  readonly url: string;
  readonly port: number;
  /** Of a server that speaks TLS. */
  readonly certificate?: ServerCertificate | undefined;
  close(): Promise<void>;
}

export interface Serving {
  readonly json?: boolean;
  readonly exitWithParent?: boolean;
}

/** The options of everything that serves until it is stopped. */
export function addServingOptions(command: Command): Command {
  return command
    .option(
      '--json',
      'one JSON line when ready: {"url", "port", "pid", "servers": [{"url", "port"}]}; with --tls also "certificate", its file',
    )
    .option('--exit-with-parent', 'ends when standard input closes; SIGINT is left to the parent');
}

function readyText(what: string, json: boolean, servers: readonly Listening[]): string {
  const [first] = servers;
  const file = first?.certificate?.certificateFile;
  if (!json) {
    const lines = servers.map(({ url }) => `llmproxy ${what} listens on ${url} (OpenAI base URL: ${url}/v1)\n`);
    return [...lines, ...(file === undefined ? [] : [`https: and wss: with the certificate ${file}\n`])].join('');
  }
  const list = servers.map(({ url, port }) => ({ url, port }));
  const ready = { url: first?.url, port: first?.port, pid: process.pid, servers: list, certificate: file };
  return `${JSON.stringify(ready)}\n`;
}

/** Says that it is ready and runs until SIGINT or SIGTERM, or with `--exit-with-parent` until standard input closes. */
export async function serve(
  what: string,
  { json = false, exitWithParent = false }: Serving,
  servers: readonly Listening[],
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Ctrl-C reaches the whole process group: a parent that is still draining needs its endpoints, and decides when they end.
  process.on('SIGINT', () => exitWithParent || resolve());
  process.once('SIGTERM', resolve);
  if (exitWithParent) process.stdin.once('close', resolve).once('end', resolve).resume();
  process.stdout.write(readyText(what, json, servers));
  await promise;
  await Promise.all(servers.map((server) => server.close()));
}

export async function startServers(options: MockCommand, parts: ServerParts = {}): Promise<readonly MockServer[]> {
  stayLean();
  // Loaded when it is needed: what is compiled of it can then be kept between runs.
  const [{ MockServer: Server }, { FleetState }] = await Promise.all([
    import('../server/server.ts'),
    import('../server/fleet-state.ts'),
  ]);
  const fleetState = new FleetState();
  return Promise.all(
    options.ports.map((port, place) =>
      Server.start({ ...optionsOf(options.server, options.overrides, place), port }, { fleetState, ...parts }),
    ),
  );
}

/** The young generation keeps its first size, and the old one grows in small steps: a mock that is flooded stays small, at no measurable cost. Before anything is allocated, or it is too late. */
function stayLean(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}
