import express, { type Express } from 'express';
import request, { type Response } from 'supertest';
import { onTestFinished } from 'vitest';
import { governanceBed, textOf, type GovernanceBed } from '../../governance/governance.fixture.ts';
import { requestReport } from '../../usage/request-report.ts';
import { SqlLedger } from '../../usage/sql-ledger.ts';
import { accessOf } from '../access.ts';
import { lastDetailRouter } from '../gateway/gateway-router.ts';
import type { RoutingRouterDeps } from './deps.ts';
import { routingRouter } from './routing-router.ts';
import { Secret } from '../../core/secret.ts';

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';
export type Headers = Readonly<Record<string, string>>;

export const ADMIN: Headers = { authorization: 'Bearer the-admin-token' };

export interface RoutingBed {
  readonly deps: RoutingRouterDeps;
  readonly bed: GovernanceBed;
  readonly application: Express;
  readonly ledger: SqlLedger;
  readonly faults: unknown[];
  readonly call: (method: Method, path: string, body?: unknown, headers?: Headers) => Promise<Response>;
  /** The body goes out as it is. */
  readonly raw: (method: Method, path: string, body: string, headers?: Headers) => Promise<Response>;
  /** Makes an entity of governance: its id, and the value where it is a key. */
  readonly make: (
    kind: 'virtual_key' | 'user' | 'team' | 'customer',
    fields?: object,
  ) => Promise<{ readonly id: string; readonly key: Headers }>;
}

/** The routes of automatic routing over a database in memory; calls are an administrator's unless `headers` say otherwise. */
export async function routingBed(
  options: { admin?: 'token' | 'open'; changes?: Partial<RoutingRouterDeps> } = {},
): Promise<RoutingBed> {
  const bed = await governanceBed();
  onTestFinished(() => bed.close());
  const { governance, database, clock } = bed;
  const faults: unknown[] = [];
  const deps: RoutingRouterDeps = {
    clock,
    lookup: (key, now) => governance.directory.lookup(key, now),
    preferences: () => governance.preferences.store,
    usage: (filter) => requestReport(database, filter),
    fault: (_what, _id, error) => void faults.push(error),
    ...options.changes,
  };
  const { admin = 'token' } = options;
  const auth = { admin, requireKey: false, adminToken: new Secret('the-admin-token') };
  const application = express().set('query parser', 'simple');
  const routes = routingRouter(deps, ({ headers }) => accessOf(headers, auth, { host: '127.0.0.1', keys: true }));
  application.use('/api/v1', routes, lastDetailRouter(deps));
  let made = 0;
  return {
    bed,
    deps,
    application,
    ledger: new SqlLedger(database),
    faults,
    call: (method, path, body, headers = ADMIN) => {
      const asked = request(application)[method](`/api/v1${path}`).set(headers);
      return Promise.resolve(body === undefined ? asked : asked.send(body as object));
    },
    raw: (method, path, body, headers = {}) => {
      const asked = request(application)[method](`/api/v1${path}`).set({ 'content-type': 'application/json' });
      asked.set({ ...ADMIN, ...headers }).serialize((value: unknown) => value as string);
      return Promise.resolve(asked.send(body));
    },
    make: async (kind, fields = {}) => {
      const entity = await governance.store.create(kind, { name: `n${made++}`, ...fields }, 'a');
      const key: Headers = kind === 'virtual_key' ? { 'x-bf-vk': textOf(entity, 'value') } : {};
      return { id: textOf(entity, 'id'), key };
    },
  };
}
