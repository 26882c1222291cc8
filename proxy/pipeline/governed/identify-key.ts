import { type ErrorCode, ProxyError } from '../../core/errors.ts';
import type { Holder, KeyHolder, KeyLookup } from '../../governance/lookup.ts';
import type { RequestContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';
import { RequestAccount } from './account.ts';
import type { GovernedTools } from './tools.ts';
import { DO_NOT_RETRY, virtualKeyIn, withoutVirtualKeys } from './virtual-key.ts';

/**
 * Finds the caller's virtual key and who stands behind it. From here on the key is in no header that an endpoint may see.
 * Throws ProxyError 403 for a key that does not exist or may not be used, 503 `store_unavailable` where that is not known.
 */
export function identifyKey(context: RequestContext, runtime: Runtime, tools: GovernedTools): void {
  try {
    const value = virtualKeyIn(context.head);
    if (value === undefined) return;
    const headers = withoutVirtualKeys(context.head.headers);
    context.head = { ...context.head, headers };
    const now = runtime.clock.now();
    const holder = usableHolder(tools.directory.lookup(value, now));
    context.principal = { key: holder.key.id, holder };
    assertTrial(holder, now);
  } catch (error) {
    if (error instanceof ProxyError) tools.watch.refused(error.code);
    throw error;
  }
}

/** Opens the account of a request whose caller is known, or may do without a key. */
export function openAccount(context: RequestContext, tools: GovernedTools): void {
  context.account = new RequestAccount(tools, context.principal?.holder);
}

/** The holder of a key that may be used. Throws ProxyError. */
export function usableHolder(found: KeyLookup): KeyHolder {
  if (found.state === 'active') return found.holder;
  if (found.state === 'unavailable') {
    const message = 'The database cannot be asked for the virtual key now. Try again.';
    throw new ProxyError('store_unavailable', message, { headers: { 'retry-after': '1' } });
  }
  const [code, message] = REFUSALS[found.state];
  throw refusal(code, message);
}

const REFUSALS = {
  unknown: ['virtual_key_not_found', 'The virtual key of this request does not exist.'],
  blocked: ['virtual_key_blocked', 'The virtual key of this request, or its user, is switched off.'],
  expired: ['virtual_key_expired', 'The virtual key of this request has expired.'],
} as const satisfies Readonly<Record<string, readonly [ErrorCode, string]>>;

/** Throws ProxyError `trial_expired`. */
export function assertTrial({ customer }: Pick<Holder, 'customer'>, now: number): void {
  const end = customer?.trialEndsAt ?? null;
  if (end === null || end > now) return;
  throw refusal('trial_expired', `Trial Expired: the trial ended at ${new Date(end).toISOString()}.`);
}

function refusal(code: ErrorCode, message: string): ProxyError {
  return new ProxyError(code, message, { headers: DO_NOT_RETRY });
}
