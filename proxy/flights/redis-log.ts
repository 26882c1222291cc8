import { hash } from 'node:crypto';
import type { Keyspace } from '../redis/keyspace.ts';
import type { LogName } from './shared-flights.ts';

/** How long a lease holds without its renewal; that its process lives is known by other means. */
export const LEASE_MS = 60_000;
/** Renewed when so much of its life is over. */
export const RENEW_MS = 20_000;
/** A log and its list of followers stay for so long after the last record. */
export const LOG_LIFE_MS = 30_000;
/** Pause between two signs of life, and between two looks of a follower. */
export const BEAT_MS = 400;
/** A process that has given no sign of life for so long is dead: its leases count no more, nor does what it follows. */
export const ALIVE_MS = 1_500;

/** The keys and the token of one leader's log. */
export interface RedisLog {
  readonly token: string;
  readonly lease: string;
  readonly log: string;
  readonly followers: string;
  /** What the records are bound to. */
  readonly binding: string;
}

/** The lease that this name stands for. */
export function leaseOf(keys: Keyspace, { key, variant }: LogName): string {
  return keys.flightLease(key, hash('sha256', variant, 'hex').slice(0, 32));
}

export function logOf(keys: Keyspace, name: LogName, token: string): RedisLog {
  const lease = leaseOf(keys, name);
  return {
    token,
    lease,
    log: keys.flightLog(name.key, token),
    followers: keys.flightFollowers(name.key, token),
    binding: `${lease} ${token}`,
  };
}

/** What processes tell each other: a word, the token that it is about, and for `want` the process that asks. */
export type Message =
  /** To the leader: a follower is there that finds nothing. */
  | 'want'
  /** To the leader: a follower has left. */
  | 'left'
  /** To followers: there is more to read. */
  | 'grown'
  /** To followers: there is no such leader. */
  | 'over';
