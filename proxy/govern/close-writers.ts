import type { StoredOwners } from '../governance/objects/stored-owners.ts';
import type { ProxyLogger } from '../telemetry/logger.ts';
import type { LedgerWriter } from '../usage/ledger-writer.ts';
import type { Batches } from './batches/batches.ts';
import type { Webhook } from './webhook.ts';

const COMPONENT = { component: 'governance' };

export interface ClosedWriters {
  readonly batches: Pick<Batches, 'close'>;
  readonly webhook: Pick<Webhook, 'close'>;
  readonly writer: Pick<LedgerWriter, 'close'>;
  readonly owners: Pick<StoredOwners, 'close'>;
}

/** Has written what waits; what could not be written is logged. */
export async function closeWriters(
  { batches, webhook, writer, owners }: ClosedWriters,
  logger: ProxyLogger,
): Promise<void> {
  const unbooked = await batches.close();
  if (unbooked > 0) logger.error({ ...COMPONENT, batches: unbooked }, 'batches are lost');
  await webhook.close();
  const lost = await writer.close();
  if (lost > 0) logger.error({ ...COMPONENT, rows: lost }, 'rows of the ledger are lost');
  const unowned = await owners.close();
  if (unowned > 0) logger.error({ ...COMPONENT, ids: unowned }, 'owners of kept objects are lost');
}
