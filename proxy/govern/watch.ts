import type { ErrorCode } from '../core/errors.ts';
import type { Charged } from '../governance/limits/types.ts';
import { crossedBy, type BudgetWarning } from '../governance/limits/warnings.ts';
import type { Holder } from '../governance/lookup.ts';
import type { GovernanceWatch } from '../pipeline/governed/tools.ts';
import type { GovernanceReading } from '../telemetry/governance-metrics.ts';
import type { UnknownCost } from '../usage/cost.ts';

export interface WatchOptions {
  readonly now: () => number;
  readonly log: (fields: object, message: string) => void;
  /** A budget has reached a threshold, once in its window. */
  readonly warn: (warning: BudgetWarning, holder: Holder) => void;
}

const IMPOSSIBLE_EVERY_MS = 60_000;

/** Counts what the gates and the bookkeeping report, and hands warnings of budgets on. */
export class Watch implements GovernanceWatch {
  readonly #options: WatchOptions;
  readonly #refused = new Map<ErrorCode, number>();
  readonly #unpriced = new Map<UnknownCost, number>();
  #impossible = 0;
  #unread = 0;
  #impossibleLogged = -Infinity;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  refused(code: ErrorCode): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  unpriced(reason: UnknownCost): void {
    this.#unpriced.set(reason, (this.#unpriced.get(reason) ?? 0) + 1);
  }

  impossibleUsage(requestId: string, members: readonly string[]): void {
    this.#impossible += 1;
    const { now, log } = this.#options;
    if (now() - this.#impossibleLogged < IMPOSSIBLE_EVERY_MS) return;
    this.#impossibleLogged = now();
    const fields = { request_id: requestId, members, total: this.#impossible };
    log(fields, 'an endpoint reported usage that cannot be; it was corrected');
  }

  unread(messages: number): void {
    this.#unread += messages;
  }

  charged(charged: readonly Charged[], holder: Holder): void {
    for (const one of charged) {
      if (one.limit.unit !== 'cost') continue;
      for (const warning of crossedBy(one)) this.#options.warn(warning, holder);
    }
  }

  /** Since the start. */
  counts(): Pick<GovernanceReading, 'refused' | 'unpriced' | 'impossibleUsage' | 'unreadMessages'> {
    return {
      refused: Object.fromEntries(this.#refused),
      unpriced: Object.fromEntries(this.#unpriced),
      impossibleUsage: this.#impossible,
      unreadMessages: this.#unread,
    };
  }
}
