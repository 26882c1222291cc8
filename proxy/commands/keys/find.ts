import type { JsonObject } from '../../core/json.ts';
import { RefusedCall, type ControlPlane } from '../control-plane.ts';
import { CommandFault } from '../place.ts';
import { parseExact } from './exact-json.ts';

export interface Found extends JsonObject {
  id: string;
  name: string;
}

interface Kind {
  readonly path: string;
  /** Members of answers. */
  readonly singular: string;
  readonly plural: string;
  readonly word: string;
}

const KINDS = {
  key: { path: '/virtual-keys', singular: 'virtual_key', plural: 'virtual_keys', word: 'virtual key' },
  team: { path: '/teams', singular: 'team', plural: 'teams', word: 'team' },
  customer: { path: '/customers', singular: 'customer', plural: 'customers', word: 'customer' },
  user: { path: '/users', singular: 'user', plural: 'users', word: 'user' },
} as const satisfies Readonly<Record<string, Kind>>;

const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The entity with this id, else the one with this name. Throws CommandFault for none, and for several of one name. */
export async function findEntity(proxy: ControlPlane, kind: keyof typeof KINDS, given: string): Promise<Found> {
  const { path, singular, plural, word } = KINDS[kind];
  if (ID.test(given)) {
    try {
      return entityIn(await proxy.ask('GET', `${path}/${given}`), singular, proxy);
    } catch (error) {
      // A name may look like an id.
      if (!(error instanceof RefusedCall && error.isMissing)) throw error;
    }
  }
  const answer = parseExact(await proxy.ask('GET', `${path}?${new URLSearchParams({ search: given }).toString()}`));
  const all = answer?.[plural];
  if (!Array.isArray(all)) throw notGovernance(proxy);
  const named = all.filter((one): one is Found => isFound(one) && one.name === given);
  const [only, another] = named;
  if (only === undefined)
    throw new CommandFault(`there is no ${word} with the id or the name ${JSON.stringify(given)}.`);
  if (another === undefined) return only;
  const ids = named.map(({ id }) => id).join(', ');
  throw new CommandFault(`${named.length} ${plural} are called ${JSON.stringify(given)}; name one by its id: ${ids}.`);
}

/** The member `name` of an answer. Throws CommandFault for an answer that is not of the proxy. */
export function entityIn(text: string, name: string, proxy: ControlPlane): Found {
  const entity = parseExact(text)?.[name];
  if (!isFound(entity)) throw notGovernance(proxy);
  return entity;
}

export function notGovernance({ url }: ControlPlane): CommandFault {
  return new CommandFault(`what answers at ${url} is no proxy with virtual keys.`);
}

function isFound(value: unknown): value is Found {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name } = value as Readonly<Record<string, unknown>>;
  return typeof id === 'string' && typeof name === 'string';
}
