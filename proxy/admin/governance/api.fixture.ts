import express, { type Express } from 'express';
import request, { type Response } from 'supertest';
import { onTestFinished } from 'vitest';
import { governanceBed, type BedOptions, type GovernanceBed } from '../../governance/governance.fixture.ts';
import { governanceRouter } from './router.ts';

export interface Entity {
  readonly id: string;
  readonly [name: string]: unknown;
}

export interface Api extends GovernanceBed {
  readonly faults: unknown[];
  /** For a test that needs a server of its own. */
  readonly application: Express;
  get(path: string): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
  put(path: string, body?: unknown): Promise<Response>;
  delete(path: string): Promise<Response>;
  /** The body goes out as it is. */
  raw(method: 'post' | 'put', path: string, body: string | Buffer, headers?: Record<string, string>): Promise<Response>;
  /** Creates and gives the entity; throws with the answer when it was refused. */
  make(path: keyof typeof SINGULAR, body: object): Promise<Entity>;
}

export const SINGULAR = {
  '/virtual-keys': 'virtual_key',
  '/teams': 'team',
  '/customers': 'customer',
  '/users': 'user',
} as const;

const BASE = '/api/governance';

/** The routes over a database of their own; closed when the test ends. */
export async function startApi(options: BedOptions = {}): Promise<Api> {
  const bed = await governanceBed(options);
  const faults: unknown[] = [];
  const application = express();
  application.set('query parser', 'simple').use(
    BASE,
    governanceRouter({
      clock: bed.clock,
      counters: bed.counters,
      store: () => bed.governance.store,
      databaseTrouble: () => bed.governance.trouble(),
      stats: () => ({ admitted: 3 }),
      actor: () => 'administrator',
      fault: (_what, _id, error) => void faults.push(error),
    }),
  );
  onTestFinished(() => bed.close());
  const send = (method: 'post' | 'put', path: string, body?: unknown): Promise<Response> => {
    const call = request(application)[method](`${BASE}${path}`);
    return Promise.resolve(body === undefined ? call : call.send(body as object));
  };
  return {
    ...bed,
    faults,
    application,
    get: (path) => Promise.resolve(request(application).get(`${BASE}${path}`)),
    post: (path, body) => send('post', path, body),
    put: (path, body) => send('put', path, body),
    delete: (path) => Promise.resolve(request(application).delete(`${BASE}${path}`)),
    raw: async (method, path, body, headers = { 'content-type': 'application/json' }) => {
      const call = request(application)[method](`${BASE}${path}`).set(headers);
      // Without a serializer the bytes go out as they are.
      call.serialize((value: unknown) => value as string);
      return call.send(body as string);
    },
    make: async (path, body) => {
      const { status, body: answer } = await send('post', path, body);
      if (status !== 201) throw new Error(`${status} ${JSON.stringify(answer)}`);
      const entity = (answer as Record<string, Entity | undefined>)[SINGULAR[path]];
      if (entity === undefined) throw new Error(`no ${SINGULAR[path]} in the answer`);
      return entity;
    },
  };
}
