import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** Virtual keys, limits and the ledger at the moment of a scrape. Counts are since the start. */
export interface GovernanceReading {
  /** By the code of the error. */
  readonly refused: Readonly<Record<string, number>>;
  /** Requests whose cost is unknown, by the reason. */
  readonly unpriced: Readonly<Record<string, number>>;
  readonly impossibleUsage: number;
  readonly unreadMessages: number;
  readonly ledger: { readonly waiting: number; readonly written: number; readonly dropped: number };
  /** Active virtual keys. */
  readonly keys: number;
  readonly databaseUp: boolean;
  /** Whether limits are counted by this process alone although there is a Redis. */
  readonly countsLocally: boolean;
  readonly webhooksLost: number;
}

/** Adds the metrics of virtual keys: without them there are none. */
export function registerGovernance(registry: Registry, read: () => GovernanceReading): void {
  const gauge = (name: string, help: string, value: (reading: GovernanceReading) => number): void => {
    const collect = function collect(this: Gauge): void {
      this.set(value(read()));
    };
    registry.registerMetric(new Gauge({ name, help, registers: [], collect }));
  };
  const counter = (name: string, help: string, value: (reading: GovernanceReading) => number): void => {
    const collect = function collect(this: Counter): void {
      this.reset();
      this.inc(value(read()));
    };
    registry.registerMetric(new Counter({ name, help, registers: [], collect }));
  };
  const labelled = (
    name: string,
    help: string,
    label: string,
    values: (reading: GovernanceReading) => Readonly<Record<string, number>>,
  ): void => {
    const collect = function collect(this: Counter): void {
      this.reset();
      for (const [is, count] of Object.entries(values(read()))) this.inc({ [label]: is }, count);
    };
    registry.registerMetric(new Counter({ name, help, labelNames: [label], registers: [], collect }));
  };
  labelled(
    'llmproxy_governance_refused_total',
    'Requests that a virtual key, a limit or a budget has refused, by the code of the error.',
    'code',
    ({ refused }) => refused,
  );
  labelled(
    'llmproxy_unpriced_requests_total',
    'Requests whose cost is unknown, by the reason.',
    'reason',
    ({ unpriced }) => unpriced,
  );
  counter(
    'llmproxy_impossible_usage_total',
    'Requests whose endpoint reported usage that cannot be, and that was corrected.',
    ({ impossibleUsage }) => impossibleUsage,
  );
  counter(
    'llmproxy_unread_session_messages_total',
    'Messages of sessions that were too long to be read, or compressed: what they were billed is unknown.',
    ({ unreadMessages }) => unreadMessages,
  );
  counter('llmproxy_ledger_rows_written_total', 'Rows of the ledger in the database.', ({ ledger }) => ledger.written);
  counter('llmproxy_ledger_rows_dropped_total', 'Rows of the ledger that are lost.', ({ ledger }) => ledger.dropped);
  gauge('llmproxy_ledger_rows_waiting', 'Rows of the ledger that wait to be written.', ({ ledger }) => ledger.waiting);
  gauge('llmproxy_virtual_keys_active', 'Active virtual keys in memory.', ({ keys }) => keys);
  gauge('llmproxy_database_up', 'Whether the database answers.', ({ databaseUp }) => Number(databaseUp));
  gauge(
    'llmproxy_limits_local',
    'Whether limits are counted by this process alone although there is a Redis.',
    ({ countsLocally }) => Number(countsLocally),
  );
  counter(
    'llmproxy_webhooks_lost_total',
    'Warnings of budgets that the webhook did not take.',
    ({ webhooksLost }) => webhooksLost,
  );
}
