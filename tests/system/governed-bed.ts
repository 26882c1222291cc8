import { expect } from 'vitest';
import { startBed, type Bed, type BedOptions } from './bed.ts';

export interface Seen {
  readonly status: number;
  readonly body: Body;
}

/** What tests look at of answers. */
interface Body {
  readonly id?: string;
  readonly error?: { readonly message: string; readonly code: string };
  readonly data?: readonly { readonly id: string }[];
  readonly models?: readonly { readonly name: string }[];
  readonly output_file_id?: string;
  readonly user?: { readonly id: string };
  readonly virtual_key?: { readonly id: string; readonly value: string };
  readonly text?: string;
}

/** A key, and headers beside it. */
export type Caller =
  | string
  | undefined
  | { readonly key: string | undefined; readonly headers: Readonly<Record<string, string>> };

export interface Callers {
  /** Two keys of one user. */
  readonly ada: string;
  readonly adaToo: string;
  readonly bob: string;
  /** A key without a user, team or customer. */
  readonly machine: string;
  readonly none: undefined;
}

/** A proxy with virtual keys, and keys of several owners. */
export async function governedBed(options: BedOptions = {}): Promise<{ bed: Bed; callers: Callers }> {
  const config = { database: { url: ':memory:' }, auth: { admin: 'open' }, ...options.config };
  const bed = await startBed({ ...options, config });
  const make = async (path: string, body: object): Promise<Body> => {
    const answer = await ask(bed, undefined, 'POST', `/api/governance${path}`, body);
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const user = async (name: string): Promise<string> => text((await make('/users', { name })).user?.id);
  const key = async (name: string, fields: object): Promise<string> =>
    text((await make('/virtual-keys', { name, ...fields })).virtual_key?.value);
  const [ada, bob] = [await user('Ada'), await user('Bob')];
  return {
    bed,
    callers: {
      ada: await key('ada', { user_id: ada }),
      adaToo: await key('ada too', { user_id: ada }),
      bob: await key('bob', { user_id: bob }),
      machine: await key('machine', {}),
      none: undefined,
    },
  };
}

export async function ask(
  bed: Pick<Bed, 'url'>,
  caller: Caller,
  method: string,
  path: string,
  body?: object | FormData,
): Promise<Seen> {
  const { key, headers } = typeof caller === 'object' ? caller : { key: caller, headers: {} };
  const isForm = body instanceof FormData;
  const response = await fetch(bed.url + path, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text.startsWith('{"') || text.startsWith('{\n') ? JSON.parse(text) : { text },
  };
}

/** The id of what was made. */
export function idOf({ status, body }: Seen): string {
  expect({ status, body }).toMatchObject({ status: 200 });
  return text(body.id);
}

function text(value: string | undefined): string {
  if (value === undefined) throw new Error('the answer lacks it');
  return value;
}
