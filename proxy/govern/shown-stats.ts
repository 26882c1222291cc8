import type { GovernanceReading } from '../telemetry/governance-metrics.ts';

/** For `debug/stats`. */
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
