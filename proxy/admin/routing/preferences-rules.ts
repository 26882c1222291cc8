import { type DetailIssue, unprocessable } from '../../core/detail-fault.ts';
import type { JsonObject } from '../../core/json.ts';
import { canonicalProvider } from '../../core/provider-names.ts';
import { TIER_NAMES, type StoredPreferences } from '../../governance/preferences/types.ts';
import { orNull } from '../../governance/rules.ts';
import { choice, flag, integer, listOf, nullable, optional, readMembers, type Rule } from '../../wire/detail-rules.ts';

const MOST_PROVIDERS = 32;
/** What a number of JSON says exactly. */
const MOST_CENTS = Number.MAX_SAFE_INTEGER;
const PROVIDER = /^[\w.-]{1,64}$/;

/** What a member may be besides null, and the same in JSON Schema. */
interface Member<T> {
  readonly rule: Rule<T>;
  readonly schema: JsonObject;
}

const TIER: Member<(typeof TIER_NAMES)[number]> = { rule: choice(TIER_NAMES), schema: { enum: [...TIER_NAMES] } };
const FLAG: Member<boolean> = { rule: flag(), schema: { type: 'boolean' } };
const CENTS: Member<number> = {
  rule: integer({ min: 0, max: MOST_CENTS }),
  schema: { type: 'integer', minimum: 0, maximum: MOST_CENTS },
};
const PROVIDERS: Member<readonly string[]> = {
  rule: listOf(providerName(), MOST_PROVIDERS),
  schema: { type: 'array', maxItems: MOST_PROVIDERS, items: { type: 'string', pattern: PROVIDER.source } },
};

const MEMBERS = {
  default_tier: TIER,
  min_tier: TIER,
  max_tier: TIER,
  auto_escalation: FLAG,
  cache_aware: FLAG,
  preferred_providers: PROVIDERS,
  max_cost_per_request_cents: CENTS,
  monthly_budget_cents: CENTS,
} as const;

/** JSON Schema of the body of `PUT /routing/preferences/{id}`. */
export const PREFERENCES_CHANGE: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    id: { type: 'string', description: 'As in the path: what GET has answered may be sent back.' },
    ...Object.fromEntries(Object.entries(MEMBERS).map(([name, { schema }]) => [name, orNull(schema)])),
  },
};

/** The body of `PUT /routing/preferences/{id}`: what is absent stays, null clears. Throws DetailFault 422. */
export function preferencesChange(body: unknown, id: string): Partial<StoredPreferences> {
  const read = readMembers(
    {
      id: optional(choice([id]), undefined),
      default_tier: kept(MEMBERS.default_tier),
      min_tier: kept(MEMBERS.min_tier),
      max_tier: kept(MEMBERS.max_tier),
      auto_escalation: kept(MEMBERS.auto_escalation),
      cache_aware: kept(MEMBERS.cache_aware),
      preferred_providers: kept(MEMBERS.preferred_providers),
      max_cost_per_request_cents: kept(MEMBERS.max_cost_per_request_cents),
      monthly_budget_cents: kept(MEMBERS.monthly_budget_cents),
    },
    body,
    'body',
  );
  assertKnown(body as object);
  const named = {
    defaultTier: read.default_tier,
    minTier: read.min_tier,
    maxTier: read.max_tier,
    autoEscalation: read.auto_escalation,
    cacheAware: read.cache_aware,
    preferredProviders: read.preferred_providers && [...new Set(read.preferred_providers)],
    maxCostPerRequestCents: read.max_cost_per_request_cents,
    monthlyBudgetCents: read.monthly_budget_cents,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function kept<T>({ rule }: Member<T>): Rule<T | null | undefined> {
  return optional(nullable(rule), undefined);
}

function assertKnown(body: object): void {
  const unknown = Object.keys(body).filter((name) => name !== 'id' && !Object.hasOwn(MEMBERS, name));
  if (unknown.length === 0) return;
  const msg = 'Extra inputs are not permitted';
  throw unprocessable(...unknown.map((name): DetailIssue => ({ type: 'extra_forbidden', loc: ['body', name], msg })));
}

/** By whatever name it is called; the canonical one is stored. */
function providerName(): Rule<string> {
  return {
    read(value) {
      if (typeof value !== 'string') return { type: 'string_type', msg: 'Input should be a valid string' };
      if (PROVIDER.test(value)) return { value: canonicalProvider(value) };
      const msg = 'Input should be the name of a provider: up to 64 letters, digits, `-`, `_` or `.`';
      return { type: 'string_pattern_mismatch', msg };
    },
  };
}
