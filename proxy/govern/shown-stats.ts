import type { GovernanceReading } from '../telemetry/governance-metrics.ts';

/** What `debug/stats` shows of virtual keys, limits and the ledger. */
export function shownStats(reading: GovernanceReading, objects: object): object {
  const { refused, unpriced, impossibleUsage, unreadMessages, ledger, webhooksLost } = reading;
  return {
    refused,
    unpriced,
    impossible_usage: impossibleUsage,
    unread_messages: unreadMessages,
    ledger,
    objects,
    webhooks_lost: webhooksLost,
  };
}
