import { timingSafeEqual } from 'node:crypto';
import type { CustomerEntry, KeyEntry, Limits, TeamEntry, UserEntry } from './entries.ts';

/** One level of a chain, in the order in which limits are checked: key, user, team, customer. */
export interface Level extends Limits {
  readonly kind: 'virtual_key' | 'user' | 'team' | 'customer';
  readonly id: string;
  readonly name: string;
}

/** Who a request is for: a key, or a user that a service speaks of, with all that stands above. */
export interface Holder {
  readonly key?: KeyEntry;
  readonly user?: UserEntry;
  readonly team?: TeamEntry;
  readonly customer?: CustomerEntry;
  readonly levels: readonly Level[];
}

/** A key that is known. */
export interface KeyHolder extends Holder {
  readonly key: KeyEntry;
}

/** Who a service speaks of. `unavailable`: the users are not in memory yet. `blocked`: the user is switched off. */
export type UserLookup =
  | { readonly state: 'unknown' | 'unavailable' }
  | { readonly state: 'active' | 'blocked'; readonly holder: Holder & { readonly user: UserEntry } };

/**
 * `unknown`: no key has this value. `unavailable`: none that is in memory has it, and the database cannot be asked.
 * `blocked`: the key or its user is switched off.
 */
export type KeyLookup =
  | { readonly state: 'unknown' | 'unavailable' }
  | { readonly state: 'active' | 'blocked' | 'expired'; readonly holder: KeyHolder };

export interface Above {
  readonly customers: ReadonlyMap<string, CustomerEntry>;
  readonly teams: ReadonlyMap<string, TeamEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
}

/** `digest` is that of the value which was sent: the key's own, or one that a rotation has retired. */
export function lookedUp(key: KeyEntry, digest: string, above: Above, now: number): KeyLookup {
  const retired = key.retired.find((one) => isSame(one.digest, digest));
  if (!isSame(key.digest, digest) && (retired === undefined || retired.until <= now)) return { state: 'unknown' };
  const holder = holderOf(key, above);
  if (!key.isActive || holder.user?.isActive === false) return { state: 'blocked', holder };
  return { state: key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'active', holder };
}

/** A key of a user that has neither team nor customer takes the user's. */
export function holderOf(key: KeyEntry, above: Above): KeyHolder {
  const user = above.users.get(key.userId ?? '');
  const isFree = key.teamId === null && key.customerId === null;
  const groups = groupsOf(isFree && user !== undefined ? user : key, above);
  return {
    key,
    ...(user === undefined ? {} : { user }),
    ...groups,
    levels: [
      levelOf('virtual_key', key),
      ...(user === undefined ? [] : [levelOf('user', user)]),
      ...groupLevels(groups),
    ],
  };
}

/** The chain of a user that comes without a key. */
export function holderOfUser(user: UserEntry, above: Above): Holder & { readonly user: UserEntry } {
  const groups = groupsOf(user, above);
  return { user, ...groups, levels: [levelOf('user', user), ...groupLevels(groups)] };
}

type Groups = Pick<Holder, 'team' | 'customer'>;

function groupsOf({ teamId, customerId }: Pick<KeyEntry, 'teamId' | 'customerId'>, above: Above): Groups {
  const team = above.teams.get(teamId ?? '');
  const customer = above.customers.get((team === undefined ? customerId : team.customerId) ?? '');
  return { ...(team === undefined ? {} : { team }), ...(customer === undefined ? {} : { customer }) };
}

function groupLevels({ team, customer }: Groups): Level[] {
  return [
    ...(team === undefined ? [] : [levelOf('team', team)]),
    ...(customer === undefined ? [] : [levelOf('customer', customer)]),
  ];
}

function levelOf(kind: Level['kind'], { id, name, budget, rateLimit }: Limits & { id: string; name: string }): Level {
  return {
    kind,
    id,
    name,
    ...(budget === undefined ? {} : { budget }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  };
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
