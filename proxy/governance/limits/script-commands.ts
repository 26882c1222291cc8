import { randomUUID } from 'node:crypto';
import type { Command } from '../../redis/client.ts';
import type { Keyspace } from '../../redis/keyspace.ts';
import { join, MAX_WHOLE, split } from './amounts.ts';
import { ADJUST_SCRIPT, RENEW_SCRIPT, RESERVE_SCRIPT, RESET_SCRIPT, SEED_SCRIPT } from './scripts.ts';
import type { Ask, Limit, SlotLimit, SnapshotRow } from './types.ts';
import type { Windows } from './windows.ts';

/** What is added to one counter; `ifApplied` where the change that is referred to had been carried out. */
export interface Adjustment {
  readonly limit: Limit;
  readonly since: number;
  readonly amount: bigint;
  readonly ifApplied: bigint;
}

/** A change that is carried out once, however often it is sent. */
export type Change =
  | {
      readonly kind: 'adjust';
      readonly seq: number;
      /** Number of an earlier change whose answer was lost; 0 = none. */
      readonly ref: number;
      /** See `ADJUST_SCRIPT`. */
      readonly rule: 'any' | 'same' | 'open';
      readonly entries: readonly Adjustment[];
    }
  | {
      readonly kind: 'reset';
      readonly seq: number;
      readonly ref: 0;
      readonly entries: readonly { readonly limit: Limit; readonly start: number | undefined }[];
    };

/** What every call of a script carries. */
export interface CallTerms {
  /** This process's idea of the shared clock, for the borders of calendars. */
  readonly now: number;
  /** Changes up to this number are settled. */
  readonly floor: number;
}

export interface ScriptCommandsOptions {
  readonly keys: Keyspace;
  readonly windows: Windows;
  /** Name of this process among the replicas. */
  readonly replica: string;
  /** Instead of the clock of Redis; for tests. */
  readonly time: (() => number) | undefined;
  /** What is known of a counter, in case that Redis has lost it. */
  readonly seedOf: (limit: Limit) => SnapshotRow;
}

/**
 * Writes the calls of the scripts and reads their answers. Each brings a name for an epoch of its own: one that came twice
 * would hide that Redis has lost its data in between.
 */
export class ScriptCommands {
  readonly #options: ScriptCommandsOptions;
  readonly #names = new WeakMap<Limit, string>();

  constructor(options: ScriptCommandsOptions) {
    this.#options = options;
  }

  reserve(ask: Ask, lease: { readonly id: string; readonly ms: number }, seq: number, terms: CallTerms): Command {
    const slots = ask.slots ?? [];
    const keys = [
      ...this.#fixedKeys,
      ...ask.claims.map(({ limit }) => this.#nameOf(limit)),
      ...slots.map(({ id }) => this.#options.keys.limitSlots(id)),
    ];
    const head = [this.#time, seq, terms.floor, randomUUID(), ask.claims.length, lease.id, lease.ms];
    const claims = ask.claims.flatMap(({ limit, mode }) => [
      mode,
      limit.max === null || limit.max > MAX_WHOLE ? '' : String(limit.max),
      ...this.#seed(this.#options.seedOf(limit), terms.now),
    ]);
    return ['EVAL', RESERVE_SCRIPT, keys.length, ...keys, ...head, ...claims, ...slots.map(({ max }) => max)];
  }

  change(change: Change, terms: CallTerms): Command {
    const keys = [...this.#fixedKeys, ...change.entries.map(({ limit }) => this.#nameOf(limit))];
    const head = [this.#time, change.seq, terms.floor, randomUUID()];
    if (change.kind === 'reset') {
      const entries = change.entries.flatMap(({ limit, start }) => [
        this.#period(limit, terms.now),
        this.#options.seedOf(limit).start,
        start ?? '',
      ]);
      return ['EVAL', RESET_SCRIPT, keys.length, ...keys, ...head, ...entries];
    }
    const entries = change.entries.flatMap(({ limit, since, amount, ifApplied }) => [
      ...this.#seed(this.#options.seedOf(limit), terms.now),
      since,
      ...split(limit.unit, amount).map(String),
      ...split(limit.unit, ifApplied).map(String),
    ]);
    return ['EVAL', ADJUST_SCRIPT, keys.length, ...keys, ...head, change.ref, change.rule, ...entries];
  }

  seed(rows: readonly SnapshotRow[], { now }: CallTerms): Command {
    const keys = [...this.#fixedKeys, ...rows.map(({ limit }) => this.#nameOf(limit))];
    const entries = rows.flatMap((row) => this.#seed(row, now));
    return ['EVAL', SEED_SCRIPT, keys.length, ...keys, this.#time, 'raise', randomUUID(), ...entries];
  }

  renew(leases: readonly { readonly slot: SlotLimit; readonly id: string }[], leaseMs: number): Command {
    const keys = leases.map(({ slot }) => this.#options.keys.limitSlots(slot.id));
    return ['EVAL', RENEW_SCRIPT, keys.length, ...keys, this.#time, leaseMs, ...leases.map(({ id }) => id)];
  }

  release(slots: readonly SlotLimit[], lease: string): Command[] {
    return slots.map(({ id }) => ['ZREM', this.#options.keys.limitSlots(id), lease]);
  }

  forget(limits: readonly Limit[]): Command {
    return ['UNLINK', ...limits.map((limit) => this.#nameOf(limit))];
  }

  get #fixedKeys(): string[] {
    const { keys, replica } = this.#options;
    return [keys.limitsEpoch, keys.limitsApplied(replica)];
  }

  get #time(): string {
    const { time } = this.#options;
    return time === undefined ? '' : String(time());
  }

  #seed({ limit, used, start }: SnapshotRow, now: number): string[] {
    const [whole, nano] = split(limit.unit, used);
    return [this.#period(limit, now), String(start), String(whole), String(nano)];
  }

  #period({ window }: Limit, now: number): string {
    return window.kind === 'fixed' ? String(window.ms) : this.#options.windows.borders(window, now).join(',');
  }

  #nameOf(limit: Limit): string {
    const known = this.#names.get(limit);
    if (known !== undefined) return known;
    const made = this.#options.keys.limitCounter(limit.id);
    this.#names.set(limit, made);
    return made;
  }
}

/** What a script answered: a status, its time, the epoch, and the numbers that follow. */
export interface ScriptAnswer {
  readonly status: number;
  readonly now: number;
  readonly epoch: string;
  readonly values: readonly number[];
}

/** Undefined for what no script of ours answers. */
export function readAnswer(answer: unknown): ScriptAnswer | undefined {
  if (!Array.isArray(answer) || typeof answer[0] !== 'number' || typeof answer[1] !== 'number') return undefined;
  const [status, now, epoch, ...values] = answer as [number, number, unknown, ...number[]];
  return { status, now, epoch: typeof epoch === 'string' ? epoch : '', values };
}

/** The counters of an answer, three numbers each. */
export function rowsOf(limits: readonly Limit[], { values }: ScriptAnswer): SnapshotRow[] {
  return limits.map((limit, index) => {
    const [whole = 0, nano = 0, start = limit.anchor] = values.slice(index * 3, index * 3 + 3);
    return { limit, used: join(limit.unit, whole, nano), start };
  });
}
