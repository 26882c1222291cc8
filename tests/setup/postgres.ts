import { spawn, spawnSync } from 'node:child_process';
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import getPort from 'get-port';
import { stopProcess } from './process.ts';
import { runEnvironment } from './run-marker.ts';

/** A Postgres of our own: a child process that may be killed and brought back with its data. */
export interface OwnPostgres {
  readonly url: string;
  /** The server is gone as after a power cut. */
  kill(): Promise<void>;
  /** At the same port, with the data it had. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Where packages of Debian and Ubuntu put a version each; they are on no PATH. */
const PACKAGES = '/usr/lib/postgresql';
const TRIES = 400;
const STEP_MS = 25;

/** Why there is no Postgres to test with, or undefined when there is one. */
export function postgresMissing(): string | undefined {
  if (programs() === undefined) return `initdb and postgres are neither on the PATH nor below ${PACKAGES}`;
  if (process.getuid?.() === 0 && accountOfServer() === undefined) return 'Postgres does not run as root';
  return undefined;
}

/** Starts a server with an empty database in a temporary folder. */
export async function startPostgres(): Promise<OwnPostgres> {
  // Postgres refuses to run as root: then it gets the account of its own package.
  const account = process.getuid?.() === 0 ? accountOfServer() : undefined;
  const folder = mkdtempSync(join(account === undefined ? tmpdir() : '/tmp', 'llmproxy-postgres-'));
  chmodSync(folder, 0o700);
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const env = runEnvironment();
  const data = join(folder, 'data');
  const as = { ...account, env, cwd: folder };
  const { initdb, postgres } = programs() ?? { initdb: 'initdb', postgres: 'postgres' };
  const made = spawnSync(initdb, ['-D', data, '-U', 'llmproxy', '-A', 'trust', '--no-sync', '-E', 'UTF8'], {
    ...as,
    encoding: 'utf8',
  });
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`initdb failed: ${made.stderr}`);
  }
  const port = await getPort({ host: '127.0.0.1' });
  const url = `postgres://llmproxy@127.0.0.1:${port}/postgres`;
  const launch = async () => {
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=50'];
    const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    const child = spawn(postgres, args, { ...as, stdio: 'ignore' });
    const killAtExit = (): void => void child.kill('SIGKILL');
    process.once('exit', killAtExit);
    child.once('exit', () => process.removeListener('exit', killAtExit));
    await answers(url);
    return child;
  };
  let child = await launch();
  return {
    url,
    kill: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGQUIT');
      await gone;
    },
    restart: async () => {
      child = await launch();
    },
    stop: async () => {
      // A smart shutdown (SIGTERM) waits for its clients; a fast one does not.
      child.kill('SIGINT');
      await stopProcess(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<void> {
  const { default: pg } = await import('pg');
  for (let tries = 1; ; tries++) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (tries === TRIES) throw error;
      await after(STEP_MS);
    }
  }
}

function accountOfServer(): { uid: number; gid: number } | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout),
  );
  return uid === undefined || gid === undefined || !(uid > 0) ? undefined : { uid, gid };
}

/** Both programs of one installation: that of the PATH, else the newest package. */
function programs(): { initdb: string; postgres: string } | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...packages()];
  for (const folder of folders) {
    const [initdb, postgres] = [join(folder, 'initdb'), join(folder, 'postgres')];
    if (isExecutable(initdb) && isExecutable(postgres)) return { initdb, postgres };
  }
  return undefined;
}

function packages(): string[] {
  try {
    const versions = readdirSync(PACKAGES).toSorted((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(PACKAGES, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
