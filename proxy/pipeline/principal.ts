import type { CacheScope } from '../config/config.ts';
import type { Holder } from '../governance/lookup.ts';

/** Who is calling, as far as the head of the request tells. Members are absent where the caller has none. */
export interface Principal {
  /** Id of the virtual key that the caller presented. */
  readonly key?: string;
  /** That key, or the user that a service speaks of, with the user, team and customer above it. */
  readonly holder?: Holder;
  /** A service that speaks for many users. */
  readonly service?: string;
}

/** A caller without a virtual key. */
export const ANONYMOUS: Principal = {};

/**
 * Who owns what the caller stores (responses, conversations, files, batches): the user of its key, else the team, else the
 * customer, else the key itself. Undefined without a key: such callers share.
 */
export function ownerOf(principal: Principal | undefined): string | undefined {
  const holder = principal?.holder;
  if (holder === undefined) return undefined;
  const { user, team, customer, key } = holder;
  if (user) return `user:${user.id}`;
  if (team) return `team:${team.id}`;
  if (customer) return `customer:${customer.id}`;
  return key && `key:${key.id}`;
}

/** Whose cache entries a caller with a virtual key sees; undefined = those of everyone, or without a key. */
export function cacheScopeOf(principal: Principal | undefined, scope: CacheScope): string | undefined {
  const holder = principal?.holder;
  if (holder === undefined || scope === 'shared') return undefined;
  const { user, team, customer, key } = holder;
  const groups = { customer, team, user };
  const order = scope === 'principal' ? (['customer', 'team', 'user'] as const) : scope === 'key' ? [] : [scope];
  for (const group of order) {
    const found = groups[group];
    if (found) return `${group}:${found.id}`;
  }
  return key && `key:${key.id}`;
}

/** The model that a key's own name for it stands for. */
export function aliasedModel(principal: Principal | undefined, asked: string): string {
  return principal?.holder?.key?.modelAliases.get(asked) ?? asked;
}
