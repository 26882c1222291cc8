import type { Reading } from '../admin/reading.ts';
import type { CacheStats, PurgeTarget } from '../cache/tiers.ts';
import type { Config } from '../config/config.ts';
import type { PlainOrigin } from '../config/plain-origin.ts';
import type { Json } from '../core/json.ts';
import type { Place } from '../responses-state/store.ts';
import type { SharedChange } from '../routing/shared-health.ts';
import type { EndpointPart } from '../routing/stats.ts';
import type { RequestCounters } from '../telemetry/stats.ts';
import type { EntryActNote, EntryNewsNote, FlightAnswer, FlightQuestion } from './flights/flight-messages.ts';
import type { Packed } from './packed-config.ts';

/** What one worker shows of itself. */
export interface WorkerReading {
  readonly counters: RequestCounters;
  readonly cache: CacheStats;
  readonly endpoints: readonly (readonly [model: string, endpoints: readonly EndpointPart[]])[];
  readonly redisConnected: boolean | null;
  readonly redisRefusal: string | null;
  readonly governed?: NonNullable<Reading['governed']>;
}

/** A configuration as a worker gets it: its own part of what is divided. */
export interface WorkerConfig {
  readonly config: Packed<Config>;
  /** What the whole of it was made of; left out where it was no text. */
  readonly origin?: PlainOrigin;
  /** Origins of the bundled mocks, by name. */
  readonly mocks: readonly (readonly [name: string, origin: string])[];
}

export interface WorkerStart extends WorkerConfig {
  readonly what: 'start';
  /** Version of the primary: a package may have been replaced under it. */
  readonly version: string;
  /** Place among the workers, 0.. */
  readonly slot: number;
  readonly workers: number;
  /** By which all workers know requests of the proxy's own. */
  readonly instanceId: string;
  /** Milliseconds for running answers at the end. */
  readonly drainTimeoutMs: number;
}

/** Why a process could not do what it was to do. */
export interface Failure {
  readonly message: string;
  readonly code?: string;
}

/** What the dashboard asks of processes: the name of a question, and what it is about. */
export interface DashboardQuestion {
  readonly what: 'dashboard';
  readonly name: string;
  readonly input: Json;
}

export interface DashboardAnswer {
  /** Of the worker that gave it. */
  readonly slot: number;
  readonly value: Json;
}

/** What the primary asks a worker. */
export type WorkerQuestion =
  | WorkerStart
  | DashboardQuestion
  | (WorkerConfig & { readonly what: 'reload' })
  | { readonly what: 'close' | 'reading' | 'metrics' | 'ping' }
  | { readonly what: 'drop'; readonly target: PurgeTarget }
  | { readonly what: 'forget'; readonly answerId: string };

export interface WorkerAnswers {
  readonly start: { readonly url: string; readonly port: number; readonly models: readonly string[] } | Failure;
  readonly reload: true | Failure;
  /** Whether every answer had ended. */
  readonly close: { readonly completed: boolean };
  readonly reading: WorkerReading;
  readonly dashboard: DashboardAnswer;
  /** The text itself comes in parts before it. */
  readonly metrics: true;
  /** Entries that left memory. */
  readonly drop: number;
  readonly forget: true;
  readonly ping: true;
}

/** What a worker hears without being asked. */
export type WorkerNote =
  | EntryNewsNote
  | { readonly what: 'health'; readonly endpoint: string; readonly change: SharedChange }
  /** A changed configuration was refused before any worker heard of it. */
  | { readonly what: 'refused' };

/** Kinds of small strings that workers share. */
export type Space = 'affinity' | 'cached-share';

/** What a worker asks the primary. */
export type PrimaryQuestion =
  | FlightQuestion
  /** Of all others. */
  | DashboardQuestion
  | { readonly what: 'reading' | 'metrics' | 'health' }
  /** Of all others. */
  | { readonly what: 'drop'; readonly target: PurgeTarget }
  | { readonly what: 'forget'; readonly answerId: string }
  | { readonly what: 'get'; readonly space: Space; readonly key: string }
  | { readonly what: 'state'; readonly place: Place }
  | { readonly what: 'put'; readonly place: Place; readonly value: Buffer; readonly ttlMs: number }
  /** Puts `value` where `expected` still is what is there. */
  | {
      readonly what: 'swap';
      readonly place: Place;
      readonly expected: Buffer | undefined;
      readonly value: Buffer;
      readonly ttlMs: number;
    }
  | { readonly what: 'delete'; readonly place: Place };

export interface PrimaryAnswers {
  readonly enter: FlightAnswer;
  readonly reading: Reading;
  /** Of those that have answered. */
  readonly dashboard: readonly DashboardAnswer[];
  readonly metrics: true;
  readonly health: readonly (readonly [endpoint: string, change: SharedChange])[];
  /** `complete`: every other worker has answered. */
  readonly drop: { readonly deleted: number; readonly complete: boolean };
  readonly forget: { readonly complete: boolean };
  readonly get: { readonly value: string | undefined };
  readonly state: { readonly value: Buffer | undefined };
  readonly put: true;
  /** Whether it was put. */
  readonly swap: boolean;
  /** Whether it was there. */
  readonly delete: boolean;
}

/** What a worker tells the primary. */
export type PrimaryNote =
  | EntryActNote
  | { readonly what: 'health'; readonly endpoint: string; readonly change: SharedChange; readonly ttlMs: number }
  | {
      readonly what: 'set';
      readonly space: Space;
      readonly key: string;
      readonly value: string;
      readonly ttlMs: number;
    };

/** The union of all that travels between the primary and a worker. */
export type Message<Question, Note> =
  | { readonly kind: 'note'; readonly note: Note }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  /** A piece of an answer that is too long for one message; several may come before the answer. */
  | { readonly kind: 'part'; readonly id: number; readonly text: string }
  /** Without `answer`: the question could not be answered. */
  | { readonly kind: 'answer'; readonly id: number; readonly answer?: unknown };
