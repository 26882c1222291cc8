import { formatDuration } from '../../core/duration.ts';
import { canonicalProvider } from '../../core/provider-names.ts';
import { NANO_PER_CENT } from './amounts.ts';
import type { Ask, Charge, Claim, Level, Limit, LimitScope, SlotLimit, Window } from './types.ts';

/** Longest window, in milliseconds: times in it stay exact. */
const MAX_WINDOW_MS = 1_000_000_000_000_000;

/** A fixed window: it began at the anchor, or a whole number of lengths after it. Both in milliseconds. */
export interface WindowSettings {
  readonly ms: number;
  readonly anchor: number;
}

export interface BudgetSettings {
  readonly id: string;
  /** Nano-USD; whole cents. */
  readonly max: bigint;
  readonly window: WindowSettings;
}

export interface RateLimitSettings {
  readonly id: string;
  readonly tokens?: { readonly max: bigint; readonly window: WindowSettings };
  readonly requests?: { readonly max: bigint; readonly window: WindowSettings };
}

export interface LimitSettings {
  readonly budget?: BudgetSettings;
  readonly rateLimit?: RateLimitSettings;
}

/** What one level of the chain allows. The last five members are those of a virtual key. */
export interface LevelSettings extends LimitSettings {
  readonly id: string;
  readonly modelLimits?: ReadonlyMap<string, LimitSettings>;
  readonly providerLimits?: ReadonlyMap<string, LimitSettings>;
  readonly maxConcurrency?: number | null;
  /** Budgets of the key begin anew with the calendar; rate limits keep their windows. */
  readonly calendar?: 'day' | 'week' | 'month' | null;
  readonly timeZone?: string | null;
  /** Of a key, in ms: since then requests and tokens are counted also where nothing limits them, for reports. */
  readonly createdAt?: number;
}

/** The limits of one level, made once for every version of its entity. */
export interface LevelLimits {
  readonly level: Level;
  readonly general: readonly Limit[];
  /** Name, or its begin in front of `*` → limits. */
  readonly models: readonly (readonly [name: string, limits: readonly Limit[]])[];
  /** Canonical name → limits. */
  readonly providers: ReadonlyMap<string, readonly Limit[]>;
  readonly slots: readonly SlotLimit[];
}

/** Which model and provider a request is for. */
export interface Target {
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
}

/** Most levels have none: they share what is empty. */
const NONE: readonly never[] = [];
const NO_PROVIDERS: ReadonlyMap<string, readonly Limit[]> = new Map();

function isEmpty(map: ReadonlyMap<string, LimitSettings> | undefined): map is undefined {
  return map === undefined || map.size === 0;
}

export function limitsOfLevel(level: Level, settings: LevelSettings): LevelLimits {
  const { calendar, timeZone, maxConcurrency } = settings;
  const budgetWindow: Window | undefined = calendar
    ? { kind: 'calendar', period: calendar, timeZone: timeZone ?? 'UTC' }
    : undefined;
  const made = (from: LimitSettings, scope: LimitScope): Limit[] => limitsIn(from, { level, scope, budgetWindow });
  return {
    level,
    general: [...made(settings, null), ...reportedIn(level, settings)],
    models: isEmpty(settings.modelLimits)
      ? NONE
      : [...settings.modelLimits].map(([name, from]) => [name, made(from, { kind: 'model', name })]),
    providers: isEmpty(settings.providerLimits)
      ? NO_PROVIDERS
      : byProvider([...settings.providerLimits].map(([name, from]) => [name, made(from, { kind: 'provider', name })])),
    slots: typeof maxConcurrency === 'number' ? [{ id: `${level}/${settings.id}`, level, max: maxConcurrency }] : NONE,
  };
}

/** A provider may be named in several ways: all of its limits count. */
function byProvider(named: readonly (readonly [name: string, limits: readonly Limit[]])[]): Map<string, Limit[]> {
  const made = new Map<string, Limit[]>();
  for (const [name, limits] of named) {
    const canonical = canonicalProvider(name);
    made.set(canonical, [...(made.get(canonical) ?? []), ...limits]);
  }
  return made;
}

/** All limits of a level that a budget or rate limit of this id made. */
export function limitsOfScope(levels: Iterable<LevelLimits>, scopeId: string): Limit[] {
  return [...levels].flatMap((level) => allOf(level).filter(({ id }) => id.startsWith(`${scopeId}/`)));
}

export function allOf({ general, models, providers }: LevelLimits): readonly Limit[] {
  if (models.length === 0 && providers.size === 0) return general;
  return [...general, ...models.flatMap(([, limits]) => limits), ...[...providers.values()].flat()];
}

/**
 * What is asked of the counters before a request is sent. `chain` is in the order key, user, team, customer. Money is only
 * watched where the caller's own credential may pay: then the exhausted budgets stand in the answer and refuse nothing.
 */
export function askOf(chain: readonly LevelLimits[], target: Target, money: 'check' | 'watch' = 'check'): Ask {
  const modes = { requests: 'take', tokens: 'check', cost: money } as const;
  const claims = chain.flatMap((level) =>
    limitsFor(level, target).map((limit): Claim => ({ limit, mode: modes[limit.unit] })),
  );
  return { claims, slots: chain.flatMap(({ slots }) => slots) };
}

/** What an administrator's reset of a key concerns: with a model or provider the limits of that name, else all of the key. */
export function limitsToReset(key: LevelLimits, target: Target): readonly Limit[] {
  if (target.model === undefined && target.provider === undefined) return allOf(key);
  return limitsFor(key, target).filter(({ scope }) => scope !== null);
}

/**
 * What is charged for an answer: its tokens to every token limit and its cost to every budget of the chain that concern the
 * target it came from. A cost of null is unknown and charged to none.
 */
export function chargesOf(
  chain: readonly LevelLimits[],
  target: Target,
  usage: { readonly tokens: bigint; readonly costNano: bigint | null },
): Charge[] {
  const amounts = { requests: 0n, tokens: usage.tokens, cost: usage.costNano ?? 0n };
  return chain
    .flatMap((level) => limitsFor(level, target))
    .map((limit) => ({ limit, amount: amounts[limit.unit] }))
    .filter(({ amount }) => amount > 0n);
}

/** The limits of the level that concern the target. */
function limitsFor({ general, models, providers }: LevelLimits, { model, provider }: Target): readonly Limit[] {
  if (models.length === 0 && providers.size === 0) return general;
  const named = model === undefined ? [] : models.filter(([name]) => isNamed(name, model));
  const ofProvider = provider === undefined ? undefined : providers.get(canonicalProvider(provider));
  return [...general, ...named.flatMap(([, limits]) => limits), ...(ofProvider ?? [])];
}

/** Names are compared without a provider in front of them; what ends in `*` is compared with and without it. */
function isNamed(name: string, model: string): boolean {
  if (!name.endsWith('*')) return bare(name) === bare(model);
  const begin = name.slice(0, -1);
  return model.startsWith(begin) || bare(model).startsWith(begin);
}

function bare(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}

function limitsIn(
  { budget, rateLimit }: LimitSettings,
  terms: { readonly level: Level; readonly scope: LimitScope; readonly budgetWindow: Window | undefined },
): Limit[] {
  const { level, scope, budgetWindow } = terms;
  const made: Limit[] = [];
  for (const unit of ['tokens', 'requests'] as const) {
    const settings = rateLimit?.[unit];
    if (rateLimit === undefined || settings === undefined) continue;
    const { max, window } = settings;
    made.push(limitOf(`${rateLimit.id}/${unit}`, { level, scope, unit }, max, windowOf(window)));
  }
  if (budget !== undefined) {
    // Budgets are written in whole cents; what is not is reached with the cent that it lies in.
    const max = (budget.max + NANO_PER_CENT - 1n) / NANO_PER_CENT;
    const window = windowOf(budget.window, budgetWindow);
    made.push(limitOf(`${budget.id}/cost`, { level, scope, unit: 'cost' }, max, window));
  }
  return made;
}

/** Counters without a limit, which never begin anew by themselves. */
function reportedIn(level: Level, { id, rateLimit, createdAt: anchor }: LevelSettings): Limit[] {
  if (anchor === undefined) return [];
  return (['tokens', 'requests'] as const)
    .filter((unit) => rateLimit?.[unit] === undefined)
    .map((unit) => {
      const window: Window = { kind: 'fixed', ms: MAX_WINDOW_MS };
      return { id: `${level}/${id}/${unit}`, level, scope: null, unit, max: null, window, windowText: 'ever', anchor };
    });
}

/** One shape for all of them, without what a spread leaves room for. */
function limitOf(
  id: string,
  { level, scope, unit }: Pick<Limit, 'level' | 'scope' | 'unit'>,
  max: bigint | null,
  { window, windowText, anchor }: Pick<Limit, 'window' | 'windowText' | 'anchor'>,
): Limit {
  return { id, level, scope, unit, max, window, windowText, anchor };
}

function windowOf(
  settings: WindowSettings,
  calendar?: Window,
): { readonly window: Window; readonly windowText: string; readonly anchor: number } {
  const { anchor } = settings;
  if (calendar?.kind === 'calendar') return { window: calendar, windowText: `calendar ${calendar.period}`, anchor };
  const ms = Math.min(MAX_WINDOW_MS, Math.max(1, Math.ceil(settings.ms)));
  return { window: { kind: 'fixed', ms }, windowText: formatDuration(ms), anchor };
}
