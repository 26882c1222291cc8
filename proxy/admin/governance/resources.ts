import type { EntityKind } from '../../governance/entity-members.ts';

/** One kind of entity as its routes have it. */
export interface Resource {
  readonly kind: EntityKind;
  /** Below `/api/governance`. */
  readonly path: string;
  /** Members of answers. */
  readonly singular: string;
  readonly plural: string;
  readonly word: string;
  /** Query parameters that name what the entities of a list hang on. */
  readonly filters: readonly string[];
}

export const RESOURCES: readonly Resource[] = [
  {
    kind: 'virtual_key',
    path: '/virtual-keys',
    singular: 'virtual_key',
    plural: 'virtual_keys',
    word: 'Virtual key',
    filters: ['team_id', 'customer_id', 'user_id'],
  },
  { kind: 'team', path: '/teams', singular: 'team', plural: 'teams', word: 'Team', filters: ['customer_id'] },
  { kind: 'customer', path: '/customers', singular: 'customer', plural: 'customers', word: 'Customer', filters: [] },
  {
    kind: 'user',
    path: '/users',
    singular: 'user',
    plural: 'users',
    word: 'User',
    filters: ['team_id', 'customer_id'],
  },
];
