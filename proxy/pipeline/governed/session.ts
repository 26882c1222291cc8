import { ownKeyOf } from '../../core/credential.ts';
import { askOf } from '../../governance/limits/chain.ts';
import { budgetRefusal } from '../../governance/limits/gates.ts';
import type { Reading } from '../../governance/limits/types.ts';
import type { Endpoint } from '../../routing/types.ts';
import type { RequestContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';
import type { SessionMeter } from '../transport.ts';
import type { GovernedTools } from './tools.ts';
import { virtualKeyIn } from './virtual-key.ts';

/** Why a session ends, by what has become of its key. */
const ENDED = {
  unknown: 'virtual_key_not_found: The virtual key does not exist any more.',
  blocked: 'virtual_key_blocked: The virtual key, or its user, was switched off.',
  expired: 'virtual_key_expired: The virtual key has expired.',
} as const;

/** Reads what a session is billed that the request opens, and whether its caller may go on. */
export function sessionMeter(
  context: RequestContext,
  { clock }: Pick<Runtime, 'clock'>,
  governed: GovernedTools,
): SessionMeter {
  const model = context.passthrough?.model;
  const key = context.principal?.holder?.key;
  // A session that a secret has opened goes on as long as the key that had it minted.
  const value = key && virtualKeyIn(context.head);
  return {
    model,
    bill: (call) => context.account?.payer(model ?? call.model ?? '').booked([mintedWith(context, call)]),
    unread: (messages) => governed.watch.unread(messages),
    stopReason: (endpoint) => {
      if (key === undefined) return undefined;
      const { directory } = governed;
      const now = clock.now();
      const found = value === undefined ? directory.lookupId(key.id, now) : directory.lookup(value, now);
      // A key that was known stays known while the database is away.
      if (found.state === 'unavailable') return undefined;
      if (found.state !== 'active') return ENDED[found.state];
      const { levels, customer } = found.holder;
      const trialEnd = customer?.trialEndsAt ?? null;
      if (trialEnd !== null && trialEnd <= now) return 'trial_expired: The trial has ended.';
      // A key of the user's own pays for itself.
      if (ownKeyOf(mintedWith(context, { endpoint }).endpoint.credential)) return undefined;
      const monthly = governed.monthly.counted(found.holder) ?? [];
      const chain = levels.flatMap(({ id }) => governed.book.limitsOf(id) ?? []).concat(monthly);
      const { claims } = askOf(chain, { model });
      const budgets = claims.flatMap(({ limit }) => (limit.unit === 'cost' ? [limit] : []));
      if (budgets.length === 0) return undefined;
      const readings = governed.counters.read(budgets);
      return readings instanceof Promise ? readings.then(exhausted) : exhausted(readings);
    },
  };
}

/** A session that a secret has opened is paid for by the key that it was minted with. */
function mintedWith<T extends { readonly endpoint: Endpoint }>({ passthrough }: RequestContext, call: T): T {
  const id = passthrough?.secretCredential;
  if (id === undefined) return call;
  const credential = { kind: 'key', value: '', own: { id, mask: '', provider: '' } } as const;
  return { ...call, endpoint: { ...call.endpoint, credential } };
}

function exhausted(readings: readonly Reading[]): string | undefined {
  const refusal = budgetRefusal(
    readings.map((reading) => ({ ...reading, blocked: false })),
    'cents',
  );
  return refusal && `${refusal.code}: The budget of the ${refusal.level} is used up.`;
}
