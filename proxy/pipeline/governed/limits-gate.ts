import { ProxyError } from '../../core/errors.ts';
import { canonicalProvider } from '../../core/provider-names.ts';
import { askOf, type LevelLimits } from '../../governance/limits/chain.ts';
import { budgetRefusal, type Refusal, refusalOf } from '../../governance/limits/gates.ts';
import { limitHeaders, refusalHeaders } from '../../governance/limits/limit-headers.ts';
import type { Admission, Ask, Awaitable, Claim } from '../../governance/limits/types.ts';
import { highestWarning } from '../../governance/limits/warnings.ts';
import type { RequestContext } from '../context.ts';
import { assertCost } from './cost-gate.ts';
import { narrowedTo } from '../narrowed-model.ts';
import { providerOfEndpoint } from './permitted-model.ts';
import type { GovernedTools } from './tools.ts';

const WARNING = 'x-llmproxy-budget-warning';

/**
 * Counts the request against the limits of its caller's chain, all of them or none, and looks at the budgets. Providers whose
 * own limit is reached are left out of the model as long as another is left. Then the cost of the request is estimated,
 * where a cap is on it. Throws ProxyError 429 or 402.
 */
export function reserveLimits(context: RequestContext, tools: GovernedTools): Awaitable<void> {
  const { account } = context;
  if (account === undefined) return undefined;
  const monthly = tools.monthly.before(account.holder);
  const pending =
    monthly instanceof Promise
      ? monthly.then((limits) => reserveChain(context, tools, account.chain, limits))
      : reserveChain(context, tools, account.chain, monthly);
  return pending instanceof Promise ? pending.then(() => assertCost(context, tools)) : assertCost(context, tools);
}

function reserveChain(
  context: RequestContext,
  tools: GovernedTools,
  levels: readonly LevelLimits[],
  monthly: LevelLimits | undefined,
): Awaitable<void> {
  const chain = monthly === undefined ? levels : [...levels, monthly];
  if (chain.length === 0) return undefined;
  return reserveFor(context, tools, { chain, providers: providersOf(context, chain) });
}

/** What is asked: limits, and the providers that may answer. */
interface Asked {
  readonly chain: readonly LevelLimits[];
  readonly providers: readonly string[];
}

function reserveFor(context: RequestContext, tools: GovernedTools, asked: Asked): Awaitable<void> {
  const { keys } = context;
  const { chain, providers } = asked;
  // A key of the caller's own pays for itself: an exhausted budget refuses the operator's keys alone.
  const target = { model: context.facts?.model, providers, money: keys ? 'watch' : 'check' } as const;
  const ask = askFor(chain, target);
  const admission = tools.counters.reserve(ask);
  return admission instanceof Promise
    ? admission.then((granted) => decide(context, tools, asked, granted))
    : decide(context, tools, asked, admission);
}

function decide(context: RequestContext, tools: GovernedTools, asked: Asked, admission: Admission): Awaitable<void> {
  const { account, protocol } = context;
  if (admission.reservation !== undefined) {
    account?.admitted(admission.reservation, tools);
    if (context.keys) keepToOwnKeys(context, tools, admission);
    context.limitHeaders = headersOf(admission, protocol.family);
    return undefined;
  }
  const left = providersLeft(admission, asked.providers);
  if (left.length > 0 && context.model && !context.passthrough) {
    const { model, facts } = context;
    const name = facts?.model ?? '';
    const within = model.router.endpoints.filter((endpoint) => left.includes(providerOfEndpoint(endpoint, name)));
    context.model = narrowedTo(model, new Set(within.map(({ id }) => id)));
    return reserveFor(context, tools, { ...asked, providers: left });
  }
  const refusal = refusalOf(admission, tools.unit);
  if (refusal === undefined) throw new Error('an admission that is not granted names what refuses it');
  tools.watch.refused(refusal.code);
  throw refused(refusal, admission, context);
}

/** A caller without money keeps the endpoints that take a key of its own. Throws ProxyError 402 where there are none. */
function keepToOwnKeys({ keys, model, protocol }: RequestContext, tools: GovernedTools, admission: Admission): void {
  const refusal = budgetRefusal(admission.readings, tools.unit);
  if (refusal === undefined || keys === undefined) return;
  if (model?.router.endpoints.some((endpoint) => keys.entryFor(endpoint) !== undefined)) {
    keys.ownOnly = true;
    return;
  }
  tools.watch.refused(refusal.code);
  throw refused(refusal, admission, { protocol });
}

function refused(refusal: Refusal, admission: Admission, { protocol }: Pick<RequestContext, 'protocol'>): ProxyError {
  return new ProxyError(refusal.code, refusal.message, {
    headers: refusalHeaders(refusal, admission, protocol.family),
  });
}

/** The providers that may still be asked, where nothing but limits of providers refuses; else none. */
function providersLeft(admission: Admission, providers: readonly string[]): readonly string[] {
  const blocked = admission.readings.filter((reading) => reading.blocked);
  const isOther = blocked.some(({ limit }) => limit.scope?.kind !== 'provider');
  if (blocked.length === 0 || isOther || admission.slots.some((slot) => slot.blocked)) return [];
  const names = new Set(blocked.map(({ limit }) => canonicalProvider(limit.scope?.name ?? '')));
  return providers.filter((provider) => !names.has(provider));
}

/** Names of the providers of the model's endpoints, where some limit concerns a provider. */
function providersOf({ model, facts }: RequestContext, chain: readonly LevelLimits[]): readonly string[] {
  if (model === undefined || chain.every(({ providers }) => providers.size === 0)) return [];
  return [...new Set(model.router.endpoints.map((endpoint) => providerOfEndpoint(endpoint, facts?.model ?? '')))];
}

/** The endpoint is not chosen yet: the limits of all that may be are asked, and given back where another provider answers. */
function askFor(
  chain: readonly LevelLimits[],
  target: {
    readonly model: string | undefined;
    readonly providers: readonly string[];
    readonly money: 'check' | 'watch';
  },
): Ask {
  const { model, providers, money } = target;
  const ask = askOf(chain, { model }, money);
  if (providers.length === 0) return ask;
  const modes = { requests: 'take', tokens: 'check', cost: money } as const;
  const more = chain.flatMap((level) =>
    providers.flatMap((provider) =>
      (level.providers.get(provider) ?? []).map((limit): Claim => ({ limit, mode: modes[limit.unit] })),
    ),
  );
  return { ...ask, claims: [...ask.claims, ...more] };
}

function headersOf(
  admission: Admission,
  family: RequestContext['protocol']['family'],
): Readonly<Record<string, string>> | undefined {
  const limits = limitHeaders(admission.readings, admission.now, family);
  const warning = highestWarning(admission.readings);
  if (warning === undefined) return Object.keys(limits).length === 0 ? undefined : limits;
  return { ...limits, [WARNING]: `${warning.level};threshold=${warning.threshold}` };
}
