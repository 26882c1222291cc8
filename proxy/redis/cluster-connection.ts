import { Cluster, Redis } from 'ioredis';
import type { Random } from '../core/random.ts';
import type { Command } from './command.ts';
import type { Connection, ConnectionEvent, Probed } from './connection.ts';
import { COMMON, loginOptions, retryDelay } from './connection-options.ts';
import type { Keyspace } from './keyspace.ts';
import type { ClusterPlace, NodeAddress } from './place.ts';
import { bytesReadOf } from './single-connection.ts';
import { slotOf, tagOf } from './slot.ts';

/** How often one command is sent on to another node, or tried again while its keys are being moved. */
const MAX_REDIRECTIONS = 5;
/** Pause before a command is tried again some of whose keys have been moved and some not. */
const TRY_AGAIN_MS = 5;
/** Longest wait for a node that is asked where the slots are. */
const SLOTS_TIMEOUT_MS = 1_000;
const TIME_SCRIPT = "return redis.call('TIME')";

/**
 * A Redis Cluster. Each command goes to the node that holds its keys, and after it when it has moved (MOVED, ASK); what a node
 * that is gone does not answer is not tried elsewhere. Replicas are not read: they lag behind.
 */
export class ClusterConnection implements Connection {
  readonly #cluster: Cluster;
  readonly #place: ClusterPlace;
  /** Slots by hash tag; the proxy has a few hundred. */
  readonly #slots = new Map<string, number>();

  constructor(place: ClusterPlace, random: Random) {
    this.#place = place;
    this.#cluster = new Cluster([...place.nodes], {
      lazyConnect: true,
      // Commands wait for the connection to a node that has just become known, not for the cluster: see `run`.
      enableOfflineQueue: true,
      clusterRetryStrategy: (times) => retryDelay(times, random),
      maxRedirections: MAX_REDIRECTIONS,
      retryDelayOnTryAgain: TRY_AGAIN_MS,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      slotsRefreshTimeout: SLOTS_TIMEOUT_MS,
      // Names are looked up with each connection, and certificates judged by them.
      dnsLookup: (name, found) => found(null, name),
      redisOptions: { ...COMMON, ...loginOptions(place.login, place.tls) },
    });
    this.#cluster.on('error', () => undefined);
  }

  get isOpen(): boolean {
    return this.#cluster.status === 'connect' || this.#cluster.status === 'ready';
  }

  get nodes(): string[] {
    return this.#cluster.nodes('master').map(nameOf);
  }

  /** The nodes that are known, replicas too. */
  get addresses(): readonly NodeAddress[] {
    const known = this.#cluster.nodes('all').map(({ options: { host = '', port = 0 } }) => ({ host, port }));
    return known.length > 0 ? known : this.#place.nodes;
  }

  connect(): Promise<unknown> {
    return this.#cluster.connect();
  }

  disconnect(reconnect = false): void {
    this.#cluster.disconnect(reconnect);
  }

  quit(): Promise<unknown> {
    return this.#cluster.quit();
  }

  on(event: ConnectionEvent, listener: (error: Error) => void): void {
    if (event !== 'error') this.#cluster.on(event, listener);
    else this.#cluster.on(event, (error) => listener(reasonOf(error)));
  }

  readMany(keys: string[]): Promise<(Buffer | null)[]> {
    return this.#isReady() ? this.#cluster.mgetBuffer(keys) : notConnected();
  }

  /** In no order between nodes: what depends on another command is sent after its answer. */
  run(commands: readonly Command[], node?: string): Promise<unknown[]> {
    if (!this.#isReady()) return notConnected();
    const target = node === undefined ? this.#cluster : this.#nodeAt(node);
    if (target === undefined) return notConnected();
    return Promise.all(commands.map(([name, ...args]) => target.call(name, ...args)));
  }

  runForBuffers(commands: readonly Command[]): Promise<unknown[]> {
    if (!this.#isReady()) return notConnected();
    return Promise.all(commands.map(([name, ...args]) => this.#cluster.callBuffer(name, ...args)));
  }

  async probe(keys: Keyspace, lifeMs: number): Promise<Probed> {
    const time = this.run([['EVAL', TIME_SCRIPT, 1, keys.clock]]);
    const writes = this.#onePerNode(keys.probes).map((key) => this.run([['SET', key, '1', 'PX', lifeMs]]));
    const [[clock], settled] = await Promise.all([time, Promise.allSettled(writes)]);
    return { time: clock, errors: settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])) };
  }

  bytesReadFor(key: string | undefined): number {
    const owner = key === undefined ? undefined : this.#ownerOf(key);
    const node = owner === undefined ? undefined : this.#nodeAt(owner);
    return node === undefined ? 0 : bytesReadOf(node);
  }

  lookAgain(): void {
    if (this.isOpen) this.#cluster.refreshSlotsCache();
  }

  #isReady(): boolean {
    return this.#cluster.status === 'ready';
  }

  /** The first of the keys on each node; those that no node holds are all taken, to hear why. */
  #onePerNode(keys: readonly string[]): string[] {
    const chosen = new Map<string, string>();
    for (const key of keys) {
      const owner = this.#ownerOf(key) ?? '';
      if (!chosen.has(owner)) chosen.set(owner, key);
    }
    return [...chosen.values()];
  }

  #ownerOf(key: string): string | undefined {
    const tag = tagOf(key);
    let slot = this.#slots.get(tag);
    if (slot === undefined) {
      slot = slotOf(tag);
      this.#slots.set(tag, slot);
    }
    return this.#cluster.slots[slot]?.[0];
  }

  #nodeAt(name: string): Redis | undefined {
    return this.#cluster.nodes('master').find((node) => nameOf(node) === name);
  }
}

/** A connection for subscriptions to any node, as each hears what is published on any other; it does not come back by itself. */
export function openListener(place: ClusterPlace, nodes: readonly NodeAddress[], random: Random): Redis {
  const node = nodes[Math.floor(random() * nodes.length)];
  const redis = new Redis({
    ...COMMON,
    ...loginOptions(place.login, place.tls),
    ...node,
    enableOfflineQueue: false,
    // The confirmation of the subscription shows whether the node is well.
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  return redis;
}

function nameOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

/** That no node answers says less than what the last one of them said. */
function reasonOf(error: Error & { readonly lastNodeError?: unknown }): Error {
  const { lastNodeError } = error;
  return lastNodeError instanceof Error ? new Error(`no node answers: ${lastNodeError.message}`) : error;
}

function notConnected(): Promise<never> {
  return Promise.reject(new Error('not connected'));
}
