import { ProxyError } from '../../core/errors.ts';
import type { RequestContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';
import { secretName } from '../client-secret.ts';
import { assertTrial, openAccount, usableHolder } from './identify-key.ts';
import type { GovernedTools } from './tools.ts';

const OF_KEY = 'key:';

/** The name under which the key is remembered that had a secret minted. */
function payerName(name: string): string {
  return `${name}:payer`;
}

/** Remembers which key had these secrets minted: the sessions that they open are charged to it. */
export function rememberPayer(
  { principal }: RequestContext,
  { owners }: GovernedTools,
  secrets: readonly string[],
  endpoint: string,
): void {
  const key = principal?.holder?.key;
  if (key === undefined) return;
  owners.remember(secrets.map(payerName), { owner: `${OF_KEY}${key.id}`, endpoint, kind: 'realtime' });
}

/**
 * Makes a caller that has a secret alone the key that had it minted, with the limits of that key. Throws ProxyError 403 where the
 * key may not be used any more, 503 `store_unavailable` where it is not known.
 */
export async function payerOfSecret(
  context: RequestContext,
  { clock }: Pick<Runtime, 'clock'>,
  tools: GovernedTools,
): Promise<void> {
  const secret = context.passthrough?.clientSecret;
  if (secret === undefined || context.principal?.holder) return;
  const name = payerName(secretName(secret));
  const owner = (await tools.owners.find([name])).get(name)?.owner;
  if (owner === undefined) return;
  const now = clock.now();
  try {
    const holder = usableHolder(tools.directory.lookupId(owner.slice(OF_KEY.length), now));
    context.principal = { key: holder.key.id, holder };
    assertTrial(holder, now);
  } catch (error) {
    if (error instanceof ProxyError) tools.watch.refused(error.code);
    throw error;
  }
  openAccount(context, tools);
}
