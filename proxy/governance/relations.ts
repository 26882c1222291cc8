import type { Reader } from '../database/open.ts';
import type { BudgetRow, CustomerRow, RateLimitRow, TeamRow, UserRow, VirtualKeyRow } from '../database/tables.ts';
import { namedScopeIds, parseNamedLimits } from './named-limits.ts';
import type { EntityKind } from './patches.ts';
import { budgetsOf, keysOf, rateLimitsOf, rowsByIds, teamsOf, type EntityRow } from './rows.ts';

/** All rows that the view of some entities needs, one level deep. */
export interface Relations {
  readonly customers: ReadonlyMap<string, CustomerRow>;
  readonly teams: ReadonlyMap<string, TeamRow>;
  readonly users: ReadonlyMap<string, UserRow>;
  /** By the id of the owner. */
  readonly teamsOfCustomer: ReadonlyMap<string, readonly TeamRow[]>;
  readonly keysOfOwner: ReadonlyMap<string, readonly VirtualKeyRow[]>;
  readonly budgets: ReadonlyMap<string, BudgetRow>;
  readonly rateLimits: ReadonlyMap<string, RateLimitRow>;
}

const OWNER_COLUMNS = { customer: 'customer_id', team: 'team_id', user: 'user_id' } as const;

/** A bounded number of queries, however many rows there are. */
export async function loadRelations(db: Reader, kind: EntityKind, rows: readonly EntityRow[]): Promise<Relations> {
  const ids = rows.map(({ id }) => id);
  const foreign = (column: string): string[] =>
    rows.map((row) => (row as unknown as Record<string, unknown>)[column]).filter((id) => typeof id === 'string');
  const teamsBelow = kind === 'customer' ? await teamsOf(db, ids) : [];
  const keysBelow = kind === 'virtual_key' ? [] : await keysOf(db, OWNER_COLUMNS[kind], ids);
  const customers = await rowsByIds(db, 'customer', foreign('customer_id'));
  const teams = await rowsByIds(db, 'team', foreign('team_id'));
  const users = await rowsByIds(db, 'user', foreign('user_id'));
  const owners: Readonly<Record<EntityKind, readonly string[]>> = {
    customer: [...customers.keys()],
    team: [...teams.keys(), ...teamsBelow.map(({ id }) => id)],
    user: [...users.keys()],
    virtual_key: keysBelow.map(({ id }) => id),
  };
  const budgets = new Map<string, BudgetRow>();
  const rateLimits = new Map<string, RateLimitRow>();
  for (const each of ['customer', 'team', 'user', 'virtual_key'] as const) {
    const all = each === kind ? [...owners[each], ...ids] : owners[each];
    for (const [id, row] of await budgetsOf(db, each, all)) budgets.set(id, row);
    if (each === 'customer' || each === 'team') continue;
    for (const [id, row] of await rateLimitsOf(db, each, all)) rateLimits.set(id, row);
  }
  return {
    customers,
    teams,
    users,
    teamsOfCustomer: Map.groupBy(teamsBelow, ({ customer_id }) => customer_id ?? ''),
    keysOfOwner: kind === 'virtual_key' ? new Map() : Map.groupBy(keysBelow, (row) => row[OWNER_COLUMNS[kind]] ?? ''),
    budgets,
    rateLimits,
  };
}

/** Ids of everything whose usage the view shows. */
export function shownScopeIds(kind: EntityKind, rows: readonly EntityRow[], relations: Relations): string[] {
  const named =
    kind === 'virtual_key'
      ? (rows as readonly VirtualKeyRow[]).flatMap((row) =>
          namedScopeIds(parseNamedLimits(row.model_limits), parseNamedLimits(row.provider_limits)),
        )
      : [];
  const ids = [...named];
  for (const owned of [relations.budgets, relations.rateLimits]) for (const { id } of owned.values()) ids.push(id);
  return ids;
}
