import { ask, session } from '../client.ts';

export type Kind = 'virtual_key' | 'user' | 'team' | 'customer';

export interface Budget {
  /** In the unit of `governance.budget_unit`, as `current_usage` is. */
  readonly max_limit: number;
  readonly reset_duration: string;
  readonly current_usage: number;
  readonly last_reset: string;
}

type Counted = 'token' | 'request';
export type RateLimit = { readonly [C in Counted as `${C}_max_limit`]: number | null } & {
  readonly [C in Counted as `${C}_reset_duration`]: string | null;
} & { readonly [C in Counted as `${C}_current_usage`]: number } & {
  readonly [C in Counted as `${C}_last_reset`]: string;
};

export interface Limits {
  readonly budget?: Budget | null;
  readonly rate_limit?: RateLimit | null;
}

/** A virtual key, user, team or customer; the members beyond the first five are those of some kinds. */
export interface Entity extends Limits {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly virtual_keys?: readonly Entity[] | null;
  readonly teams?: readonly Entity[];
  readonly team?: Entity | null;
  readonly customer?: Entity | null;
  readonly user?: Entity | null;
  readonly is_active?: boolean;
  readonly expires_at?: string | null;
  readonly calendar?: string | null;
  readonly time_zone?: string | null;
  readonly model_limits?: Readonly<Record<string, Limits>> | null;
  readonly provider_limits?: Readonly<Record<string, Limits>> | null;
  /** The secret of a key. Pages show it after its creation and its rotation alone. */
  readonly value?: string | null;
}

export const KINDS: Readonly<Record<Kind, { readonly path: string; readonly word: string; readonly title: string }>> = {
  virtual_key: { path: 'virtual-keys', word: 'key', title: 'Keys' },
  user: { path: 'users', word: 'user', title: 'Users' },
  team: { path: 'teams', word: 'team', title: 'Teams' },
  customer: { path: 'customers', word: 'customer', title: 'Customers' },
};

export interface EntityList {
  readonly entities: readonly Entity[];
  /** All that the question lets pass, not only those of the list. */
  readonly count: number;
}

type Answer = Readonly<Record<string, unknown>>;

const at = (kind: Kind, id = ''): string => `/api/governance/${KINDS[kind].path}${id === '' ? '' : `/${encodeURIComponent(id)}`}`;
const entityIn = (kind: Kind) => (answer: Answer) => answer[kind] as Entity;

export const keysApi = {
  list: async (kind: Kind, query: Readonly<Record<string, string>>): Promise<EntityList> => {
    const answer = await ask<Answer>('GET', `${at(kind)}?${new URLSearchParams(query)}`);
    return { entities: answer[`${kind}s`] as readonly Entity[], count: Number(answer['count']) };
  },
  read: (kind: Kind, id: string) => ask<Answer>('GET', at(kind, id)).then(entityIn(kind)),
  create: (kind: Kind, body: object) => ask<Answer>('POST', at(kind), body).then(entityIn(kind)),
  change: (kind: Kind, id: string, body: object) => ask<Answer>('PUT', at(kind, id), body).then(entityIn(kind)),
  remove: (kind: Kind, id: string) => ask('DELETE', at(kind, id)),
  rotate: (id: string, grace: string) => ask<Answer>('POST', `${at('virtual_key', id)}/rotate`, { grace }).then(entityIn('virtual_key')),
  resetUsage: (id: string) => ask('POST', '/api/governance/usage-reset', { virtual_key_id: id }),
};

const CENTS = 100;

/** US dollars of an amount of a budget. */
export function usdOf(amount: number): number {
  return session.value?.budget_unit === 'usd' ? amount : amount / CENTS;
}

/** The amount of a budget that so many US dollars are. */
export function amountOf(usd: number): number {
  return session.value?.budget_unit === 'usd' ? usd : Math.round(usd * CENTS);
}
