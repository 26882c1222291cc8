import type { OwnRedis } from '../setup/redis.ts';
import { command } from './redis-command.ts';
import type { FaultyLink } from './faulty-link.ts';

/** What a state is made with: a Redis of the test's own, and the link that the proxy reaches it by. */
export interface Scene {
  readonly redis: OwnRedis;
  readonly link: FaultyLink;
}

/** A state of Redis that a proxy may meet. */
export interface RedisState {
  readonly name: string;
  /** Where the proxy looks for Redis. Default: through the link. */
  readonly url?: (scene: Scene) => string;
  /** Before the proxy starts. */
  readonly before?: (scene: Scene) => unknown;
  /** Once the proxy is connected. */
  readonly disturb?: (scene: Scene) => unknown;
  /** Undefined where only another configuration helps, or nothing has to. */
  readonly heal?: (scene: Scene) => unknown;
  /** What `/health` says while it lasts. */
  readonly health: {
    readonly status: string;
    readonly redis_connected: boolean;
    readonly redis_refuses: string | null;
  };
  readonly log?: RegExp;
}

const GONE = { status: 'degraded', redis_connected: false, redis_refuses: null };
const UNREACHABLE = /Redis is unreachable/;
const steer = ({ redis }: Scene, ...words: string[]): Promise<string> => command(redis.port, ...words);

export const STATES: readonly RedisState[] = [
  {
    name: 'refused',
    url: ({ redis }) => redis.url,
    before: ({ redis }) => redis.kill(),
    heal: ({ redis }) => redis.restart(),
    health: GONE,
    log: UNREACHABLE,
  },
  {
    name: 'silent at the start',
    before: ({ redis }) => redis.freeze(),
    heal: ({ redis }) => redis.thaw(),
    health: GONE,
    log: UNREACHABLE,
  },
  {
    name: 'frozen',
    disturb: ({ redis }) => redis.freeze(),
    heal: ({ redis }) => redis.thaw(),
    health: GONE,
    log: UNREACHABLE,
  },
  {
    name: 'slow (400 ms)',
    disturb: ({ link }) => (link.delayMs = 200),
    heal: ({ link }) => (link.delayMs = 0),
    health: GONE,
    log: UNREACHABLE,
  },
  {
    name: '30 ms away',
    before: ({ link }) => (link.delayMs = 15),
    health: { status: 'healthy', redis_connected: true, redis_refuses: null },
  },
  {
    name: 'killed',
    url: ({ redis }) => redis.url,
    disturb: ({ redis }) => redis.kill(),
    heal: ({ redis }) => redis.restart(),
    health: GONE,
    log: UNREACHABLE,
  },
  {
    name: 'full (OOM)',
    disturb: (scene) => steer(scene, 'CONFIG', 'SET', 'maxmemory', '1'),
    heal: (scene) => steer(scene, 'CONFIG', 'SET', 'maxmemory', '0'),
    health: { status: 'degraded', redis_connected: true, redis_refuses: 'OOM' },
    log: /Redis refuses a command.*OOM|OOM.*Redis refuses a command/,
  },
  {
    name: 'READONLY',
    disturb: (scene) => steer(scene, 'REPLICAOF', '127.0.0.1', '1'),
    heal: (scene) => steer(scene, 'REPLICAOF', 'NO', 'ONE'),
    health: { status: 'degraded', redis_connected: true, redis_refuses: 'READONLY' },
    log: /READONLY/,
  },
  {
    name: 'wrong password',
    url: ({ link }) => `redis://:wrong@127.0.0.1:${link.port}`,
    before: (scene) => steer(scene, 'CONFIG', 'SET', 'requirepass', 'right'),
    heal: ({ redis }) => command(redis.port, ['AUTH', 'right'], ['CONFIG', 'SET', 'requirepass', 'wrong']),
    health: GONE,
    log: /WRONGPASS|NOAUTH/,
  },
  {
    name: 'garbage',
    before: ({ link }) => (link.garbage = true),
    heal: ({ link }) => (link.garbage = false),
    health: GONE,
    log: UNREACHABLE,
  },
  {
    name: 'TLS to a plain port',
    url: ({ link }) => `rediss://127.0.0.1:${link.port}`,
    health: GONE,
    log: UNREACHABLE,
  },
];
