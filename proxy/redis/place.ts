export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** User and password; a Redis without users takes the password alone. */
export interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
}

export interface ClusterPlace {
  readonly kind: 'cluster';
  /** Some of the nodes; they name the others. */
  readonly nodes: readonly NodeAddress[];
  readonly tls: boolean;
  readonly login: RedisLogin;
}

export interface SentinelsPlace {
  readonly kind: 'sentinels';
  /** Some of the sentinels; they name the others. */
  readonly sentinels: readonly NodeAddress[];
  /** Name that the sentinels know the master by. */
  readonly master: string;
  /** Of the sentinels and of Redis alike. */
  readonly tls: boolean;
  readonly login: RedisLogin;
  readonly sentinelLogin: RedisLogin;
}

export interface SinglePlace {
  readonly kind: 'single';
  /** `redis://`, `rediss://` or the path of a Unix socket. */
  readonly url: string;
}

/** Where Redis is found. */
export type RedisPlace = SinglePlace | ClusterPlace | SentinelsPlace;
