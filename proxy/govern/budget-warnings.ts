import type { GovernanceConfig } from '../config/config.ts';
import type { TimerClock } from '../core/clock.ts';
import type { ProxyLogger } from '../telemetry/logger.ts';
import { budgetEvent } from './budget-event.ts';
import { Watch } from './watch.ts';
import { Webhook } from './webhook.ts';

export interface BudgetWarningsOptions {
  readonly clock: TimerClock;
  readonly logger: ProxyLogger;
  /** Fields of every line. */
  readonly fields: object;
  readonly settings: () => GovernanceConfig;
  /** A warning was not delivered. */
  readonly onLost: () => void;
}

/** What looks at charges, and tells of budgets that are nearly spent: in the log and to the webhook. */
export function budgetWarnings({ clock, logger, fields, settings, onLost }: BudgetWarningsOptions): {
  readonly watch: Watch;
  readonly webhook: Webhook;
} {
  const webhook = new Webhook({
    clock,
    target: () => settings().webhook,
    onLost: (reason) => {
      onLost();
      logger.warn({ ...fields, reason }, 'a warning of a budget was not delivered');
    },
  });
  const watch = new Watch({
    now: () => clock.now(),
    log: (more, message) => logger.warn({ ...fields, ...more }, message),
    warn: (warning, holder) => {
      const event = budgetEvent(warning, holder, settings().budgetUnit, clock.now());
      logger.warn({ ...fields, event }, `a budget has reached ${event.threshold} %`);
      webhook.post(event);
    },
  });
  return { watch, webhook };
}
