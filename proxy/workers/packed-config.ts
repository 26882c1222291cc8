import { Secret } from '../core/secret.ts';

/** What a configuration becomes between two processes of one proxy: the same members, secrets as marked text. */
export interface Packed<T> {
  readonly packed: unknown;
  /** Never there: says of what it was made. */
  readonly of?: T;
}

/** Stands for a `Secret`. The way between primary and worker is a pipe of their own. */
interface PackedSecret {
  readonly $secret: string;
}

export function pack<T>(value: T): Packed<T> {
  return { packed: mapped(value, (one) => (one instanceof Secret ? { $secret: one.reveal() } : undefined)) };
}

export function unpack<T>({ packed }: Packed<T>): T {
  return mapped(packed, (one) => (isPackedSecret(one) ? new Secret(one.$secret) : undefined)) as T;
}

/** A copy in which `replace` decides of every value; undefined = its members are copied. */
function mapped(value: unknown, replace: (value: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((one) => mapped(one, replace));
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, mapped(one, replace)]));
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null) {
    throw new Error(`a configuration holds a ${value.constructor.name}, which cannot be sent to a worker`);
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]: [string, unknown]) => [key, mapped(one, replace)]));
}

function isPackedSecret(value: object): value is PackedSecret {
  return '$secret' in value && Object.keys(value).length === 1;
}
