import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { launchBinary, redisSource, type Running } from './redis.ts';

/** One server of a cluster or of a set that sentinels watch. */
export interface RedisNode {
  readonly port: number;
  /** Asks it; rejects with an error answer. */
  call(name: string, ...args: (string | number)[]): Promise<unknown>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** It keeps its sockets and answers nothing. */
  freeze(): void;
  thaw(): void;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface OwnCluster extends AsyncDisposable {
  /** Three masters, and after them, where it was asked for, a replica of the first. */
  readonly nodes: readonly RedisNode[];
  /** As `redis.cluster` takes them. */
  readonly addresses: readonly string[];
  readonly place: { readonly kind: 'cluster'; readonly nodes: Address[]; readonly tls: false; readonly login: object };
}

export interface OwnSentinels extends AsyncDisposable {
  readonly master: RedisNode;
  readonly replica: RedisNode;
  readonly sentinels: readonly RedisNode[];
  /** As `redis.sentinels` takes them. */
  readonly addresses: readonly string[];
  readonly place: {
    readonly kind: 'sentinels';
    readonly sentinels: Address[];
    readonly master: string;
    readonly tls: false;
    readonly login: object;
    readonly sentinelLogin: object;
  };
}

const HOST = '127.0.0.1';
const MASTERS = 3;
const SLOTS = 16_384;
/** How long a node is silent before the others take it for gone, in milliseconds. */
const NODE_TIMEOUT_MS = 1_000;
const PATIENCE_MS = 30_000;
const MASTER_NAME = 'mymaster';
const SENTINELS = 2;

/** Why no cluster and no sentinels can be started here; undefined when they can. */
export function topologyMissing(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return commandOf(env) === undefined ? 'needs redis-server or valkey-server on PATH' : undefined;
}

function commandOf({ LLMPROXY_TEST_REDIS_URL: _a, REDIS_URL: _b, ...env }: NodeJS.ProcessEnv): string | undefined {
  if (env['LLMPROXY_TEST_REDIS'] === 'wasm') return undefined;
  try {
    const source = redisSource({ ...env, LLMPROXY_TEST_REDIS: 'binary' });
    return source.kind === 'binary' ? source.command : undefined;
  } catch {
    return undefined;
  }
}

type MoreArgs = (port: number) => Promise<readonly string[]>;

/** Servers that are ended together, with the folder of their files. */
class Servers {
  readonly folder: string;
  readonly #stops: (() => Promise<void>)[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Ends what was started when `start` fails. */
  static async with<T>(start: (servers: Servers) => Promise<T>): Promise<T & AsyncDisposable> {
    const servers = new Servers(await mkdtemp(join(tmpdir(), 'llmproxy-redis-')));
    try {
      const made = await start(servers);
      return { ...made, [Symbol.asyncDispose]: () => servers.#stop() };
    } catch (error) {
      await servers.#stop();
      throw error;
    }
  }

  async launch(more: MoreArgs): Promise<RedisNode> {
    const command = commandOf(process.env);
    if (command === undefined) throw new Error(`A cluster ${topologyMissing()}.`);
    const running = await launchBinary(command, 0, more);
    const client = new Redis({ host: HOST, port: running.port, maxRetriesPerRequest: 0, retryStrategy: () => 50 });
    client.on('error', () => undefined);
    this.#stops.push(async () => {
      client.disconnect();
      await running.stop();
    });
    return nodeOf(running, client);
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

function nodeOf(running: Running, client: Redis): RedisNode {
  return {
    port: running.port,
    call: (name, ...args) => client.call(name, ...args),
    kill: async () => {
      client.disconnect();
      running.signal('SIGKILL');
      await running.ended;
    },
    freeze: () => running.signal('SIGSTOP'),
    thaw: () => running.signal('SIGCONT'),
  };
}

/** A cluster of three masters, each with a third of the slots, on free ports of the loopback. */
export function startCluster({ replica = false }: { readonly replica?: boolean } = {}): Promise<OwnCluster> {
  return Servers.with(async (servers) => {
    const bus = new Map<number, number>();
    const more: MoreArgs = async (port) => {
      const busPort = await getPort({ host: HOST });
      bus.set(port, busPort);
      const files = ['--dir', servers.folder, '--cluster-config-file', `nodes-${port}.conf`];
      const timeouts = ['--cluster-node-timeout', String(NODE_TIMEOUT_MS), '--cluster-port', String(busPort)];
      return ['--cluster-enabled', 'yes', ...files, ...timeouts, '--repl-diskless-sync-delay', '0'];
    };
    const count = replica ? MASTERS + 1 : MASTERS;
    const nodes = await Promise.all(Array.from({ length: count }, () => servers.launch(more)));
    const masters = nodes.slice(0, MASTERS);
    await Promise.all(
      masters.map(async (node, index) => {
        const [first, next] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / MASTERS));
        await node.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
        await node.call('CLUSTER', 'ADDSLOTSRANGE', first ?? 0, (next ?? SLOTS) - 1);
      }),
    );
    for (const { port } of nodes.slice(1)) await nodes[0]?.call('CLUSTER', 'MEET', HOST, port, bus.get(port) ?? 0);
    await Promise.all(nodes.map((node) => says(node, ['CLUSTER', 'INFO'], `cluster_known_nodes:${count}`)));
    await Promise.all(masters.map((node) => says(node, ['CLUSTER', 'INFO'], 'cluster_state:ok')));
    const [last] = nodes.slice(MASTERS);
    if (last !== undefined) {
      await last.call('CLUSTER', 'REPLICATE', await idOf(nodes[0]!));
      await says(last, ['INFO', 'replication'], 'master_link_status:up');
      await Promise.all(nodes.map((node) => says(node, ['CLUSTER', 'NODES'], 'slave')));
    }
    const at = masters.map(({ port }) => ({ host: HOST, port }));
    return {
      nodes,
      addresses: masters.map(({ port }) => `redis://${HOST}:${port}`),
      place: { kind: 'cluster' as const, nodes: at, tls: false as const, login: {} },
    };
  });
}

/** A master, its replica and two sentinels, one of which is enough to find the master gone. */
export function startSentinels(): Promise<OwnSentinels> {
  return Servers.with(async (servers) => {
    const master = await servers.launch(() => Promise.resolve(['--repl-diskless-sync-delay', '0']));
    const replica = await servers.launch(() => Promise.resolve(['--replicaof', HOST, String(master.port)]));
    await says(replica, ['INFO', 'replication'], 'master_link_status:up');
    const sentinels = [];
    // Two that lost patience at once would each vote for itself.
    for (let made = 1; made <= SENTINELS; made += 1) {
      sentinels.push(await launchSentinel(servers, master.port, made * made * NODE_TIMEOUT_MS));
    }
    const ask = ['SENTINEL', 'MASTER', MASTER_NAME] as const;
    for (const sentinel of sentinels) {
      await says(sentinel, ask, 'num-slaves,1,');
      await says(sentinel, ask, `num-other-sentinels,${SENTINELS - 1},`);
    }
    return {
      master,
      replica,
      sentinels,
      addresses: sentinels.map(({ port }) => `redis://${HOST}:${port}`),
      place: {
        kind: 'sentinels' as const,
        sentinels: sentinels.map(({ port }) => ({ host: HOST, port })),
        master: MASTER_NAME,
        tls: false as const,
        login: {},
        sentinelLogin: {},
      },
    };
  });
}

/** A sentinel is a server that has a file of its own, which it rewrites. */
function launchSentinel(servers: Servers, master: number, patienceMs: number): Promise<RedisNode> {
  return servers.launch(async (port) => {
    const file = join(servers.folder, `sentinel-${port}.conf`);
    const terms = [
      `monitor ${MASTER_NAME} ${HOST} ${master} 1`,
      `down-after-milliseconds ${MASTER_NAME} ${patienceMs}`,
      `failover-timeout ${MASTER_NAME} 2000`,
    ];
    await writeFile(file, [`port ${port}`, ...terms.map((term) => `sentinel ${term}`), ''].join('\n'));
    return [file, '--sentinel'];
  });
}

/** The name that a node of a cluster has for the others. */
export async function idOf(node: RedisNode): Promise<string> {
  return String(await node.call('CLUSTER', 'MYID'));
}

/** Waits until the node's answer holds `text`. */
export async function says(
  node: RedisNode,
  [name, ...args]: readonly [string, ...(string | number)[]],
  text: string,
): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  let answer = '';
  while (Date.now() < until) {
    answer = String(await node.call(name, ...args).catch(String));
    if (answer.includes(text)) return;
    await after(20);
  }
  throw new Error(`${[name, ...args].join(' ')} never said ${text}, but at last: ${answer.slice(0, 500)}`);
}

/**
 * Moves slots with their keys from one master to another, as a resharding does; `halfway` runs while they belong to both,
 * before the first key has moved.
 */
export async function moveSlots(
  { nodes }: OwnCluster,
  slots: readonly number[],
  [from, to]: readonly [RedisNode, RedisNode],
  halfway: () => Promise<unknown>,
): Promise<void> {
  const [fromId, toId] = await Promise.all([idOf(from), idOf(to)]);
  for (const slot of slots) {
    await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
    await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
  }
  await halfway();
  for (const slot of slots) {
    for (;;) {
      const keys = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
      if (keys.length === 0) break;
      await from.call('MIGRATE', HOST, to.port, '', 0, 5_000, 'KEYS', ...keys);
    }
    for (const node of [to, from, ...nodes.slice(0, MASTERS)])
      await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  }
}
