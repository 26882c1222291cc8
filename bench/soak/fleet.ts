import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import type { Mock } from '../../mocks/index.ts';
import type { OwnRedis } from '../../tests/setup/redis.ts';
import { startProxy, type ProxyProcess } from '../../tests/setup/services.ts';
import { configuration } from './trouble.ts';

/** What replicas of one service have in common. */
export interface FleetOptions {
  readonly replicas: number;
  readonly workers: number;
  readonly mocks: readonly Mock[];
  readonly redis: OwnRedis;
  /** Path of the SQLite file that holds the ledger. */
  readonly database: string;
}

/** A process was killed without warning. */
export interface Kill {
  readonly replica: number;
  readonly at: number;
}

const MASTER_KEY = randomBytes(32).toString('hex');
const START_TRIES = 50;
const RETRY_MS = 100;

/** Replicas at fixed addresses, each with its workers. */
export class Fleet {
  readonly kills: Kill[] = [];
  readonly #options: FleetOptions;
  readonly #running: ProxyProcess[] = [];

  private constructor(options: FleetOptions) {
    this.#options = options;
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    try {
      // One after the other: the first makes the schema.
      for (let replica = 0; replica < options.replicas; replica += 1) fleet.#running[replica] = await fleet.#begin('0');
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  urlOf(replica: number): string {
    return this.#at(replica).url;
  }

  /** One of its workers dies; without workers, the replica. */
  async killWorker(replica: number): Promise<void> {
    const { pid } = this.#at(replica);
    const [worker] = this.#options.workers > 1 ? childrenOf(pid) : [];
    if (worker === undefined) return this.killReplica(replica);
    this.kills.push({ replica, at: Date.now() });
    process.kill(worker, 'SIGKILL');
  }

  /** The whole replica dies and is started anew. */
  async killReplica(replica: number): Promise<void> {
    const { child } = this.#at(replica);
    const gone = once(child, 'exit');
    this.kills.push({ replica, at: Date.now() });
    child.kill('SIGKILL');
    await gone;
    await this.#again(replica);
  }

  /** The replica is told to stop, as in a deployment, and started anew once it has. */
  async restart(replica: number): Promise<void> {
    const { child } = this.#at(replica);
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
    await this.#again(replica);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((proxy) => proxy.stop()));
  }

  #at(replica: number): ProxyProcess {
    const proxy = this.#running[replica];
    if (proxy === undefined) throw new Error(`There is no replica ${replica}.`);
    return proxy;
  }

  async #again(replica: number): Promise<void> {
    const { port } = new URL(this.urlOf(replica));
    // Workers of a process that was killed hold the port for a moment.
    for (let tries = 1; ; tries += 1) {
      try {
        this.#running[replica] = await this.#begin(port);
        return;
      } catch (error) {
        if (tries === START_TRIES) throw error;
        await after(RETRY_MS);
      }
    }
  }

  async #begin(port: string): Promise<ProxyProcess> {
    const { mocks, redis, database, workers } = this.#options;
    const proxy = await startProxy({
      config: {
        ...configured(mocks, redis),
        server: workers > 1 ? { workers } : {},
        cache: { memory: '8MiB', share_generations: 'replicas' },
        auth: { admin: 'open' },
        database: { url: `sqlite:${database}` },
      },
      env: { LLMPROXY_MASTER_KEY: MASTER_KEY },
      args: ['--port', port],
    });
    // The access lines are not read here, but the pipe must not fill up.
    proxy.child.stderr?.resume();
    return proxy;
  }
}

function configured(mocks: readonly Mock[], redis: OwnRedis): object {
  return JSON.parse(configuration(mocks, redis, 0)) as object;
}

/** Child processes, by the process table of Linux; none elsewhere. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
