import type { TimerClock } from '../../core/clock.ts';
import type { Connection } from '../../database/open.ts';
import type { CredentialDirectory } from '../../governance/credentials/types.ts';
import type { ProxyLogger } from '../../telemetry/logger.ts';
import type { UpstreamClient } from '../../upstream/client.ts';
import { SqlBatches } from '../../usage/batches/sql-batches.ts';
import type { ChargeTools } from './batch-charge.ts';
import { Batches } from './batches.ts';
import { askerOf } from './question.ts';

export interface BatchesParts extends ChargeTools {
  readonly clock: TimerClock;
  readonly logger: ProxyLogger;
  readonly database: Connection;
  readonly upstream: Pick<UpstreamClient, 'send'>;
  readonly credentials: Pick<CredentialDirectory, 'find' | 'open'>;
}

const COMPONENT = { component: 'governance' };

/** The batches of a running proxy, kept in its database and logged once each when they are booked. */
export function createBatches(parts: BatchesParts): Batches {
  const { clock, logger, database, upstream, credentials } = parts;
  return new Batches({
    ...parts,
    store: new SqlBatches(database),
    ask: askerOf(upstream, clock),
    open: (id) => {
      const entry = credentials.find(id);
      const value = entry?.isActive ? credentials.open(entry) : undefined;
      if (entry === undefined || value === undefined) return undefined;
      return { kind: 'key', value, own: { id, mask: entry.maskedKey, provider: entry.provider } };
    },
    onBooked: ({ id: batch, endpoint }, cost) => {
      const usd = cost === null ? null : Number(cost) / 1e9;
      logger.info({ ...COMPONENT, batch, endpoint, cost_usd: usd }, 'a batch is booked');
    },
    onTrouble: (error) => logger.warn({ ...COMPONENT, err: error }, 'batches could not be written or booked'),
  });
}
