import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, type StartedProcess } from './process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GUARD = new URL('loopback-only.ts', import.meta.url).href;

export interface ProxyProcess extends StartedProcess {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
}

export interface MockFleetProcess extends StartedProcess {
  readonly urls: readonly string[];
}

export interface ProxyStart {
  /** A path, or the configuration itself (JSON is YAML). */
  readonly config: string | object;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** A module that is loaded into the process before the program. */
  readonly preload?: URL;
  /** Longest wait for the ready line. */
  readonly patienceMs?: number;
}

/** Several mock endpoints in one child process, on free ports; it ends when this process does. */
export async function startMocks(count: number, ...flags: string[]): Promise<MockFleetProcess> {
  const args = [join(ROOT, 'mocks/cli.ts'), '--count', String(count), '--json', '--exit-with-parent', ...flags];
  const started = await startProcess(process.execPath, args, { cwd: ROOT, env: offline() });
  const servers = started.ready['servers'] as { readonly url: string }[];
  return { ...started, urls: servers.map(({ url }) => url) };
}

/** The proxy as users start it, in a child process on a free port. */
export async function startProxy({
  config,
  env = {},
  args = [],
  preload,
  patienceMs = 15_000,
}: ProxyStart): Promise<ProxyProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-test-'));
  const file = typeof config === 'string' ? config : join(folder, `${randomBytes(4).toString('hex')}.yaml`);
  if (typeof config !== 'string') await writeFile(file, JSON.stringify(config, undefined, 2));
  const preloaded = preload ? ['--import', preload.href] : [];
  const command = [
    ...stdinGuard(),
    ...preloaded,
    join(ROOT, 'proxy/bin.ts'),
    '--config',
    file,
    '--port',
    '0',
    '--json',
    ...args,
  ];
  try {
    const started = await startProcess(process.execPath, command, {
      cwd: folder,
      env: { ...offline(), ...env },
      patienceMs,
    });
    const stop = async (): Promise<void> => {
      await started.stop();
      await rm(folder, { recursive: true, force: true });
    };
    return { ...started, stop, url: String(started.ready['url']) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Programs under test see no network either. */
function offline(): Record<string, string> {
  return { NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import ${GUARD}`.trim() };
}

/** The proxy itself has no reason to watch its stdin; a test run that was killed must not leave one behind. */
function stdinGuard(): string[] {
  return ['--import', new URL('exit-with-parent.ts', import.meta.url).href];
}
