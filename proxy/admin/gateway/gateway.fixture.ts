import express, { type Express } from 'express';
import { randomUUID } from 'node:crypto';
import request, { type Response } from 'supertest';
import { onTestFinished } from 'vitest';
import type { GatewayConfig } from '../../config/gateway.ts';
import { ManualClock } from '../../core/clock.ts';
import { DetailFault } from '../../core/detail-fault.ts';
import { Secret } from '../../core/secret.ts';
import { migrate } from '../../database/migrate.ts';
import { openDatabase } from '../../database/open.ts';
import { GatewayReports } from '../../usage/gateway-report.ts';
import { NOON } from '../../usage/ledger-rows.fixture.ts';
import { SqlLedger } from '../../usage/sql-ledger.ts';
import type { OverrideView, ProviderView } from '../../governance/gateway/shown.ts';
import type { GatewayRouterDeps, OverridesStore, ProviderStore } from './deps.ts';
import { gatewayRouter, lastDetailRouter } from './gateway-router.ts';

export const KEY = 'a-service-key';
export const SETTINGS: GatewayConfig = {
  serviceKey: new Secret(KEY),
  defaultProvider: 'claude',
  defaultModel: 'claude-sonnet-4-5-20250929',
  cacheTtlMs: 0,
  promptPreview: false,
};

type Method = 'get' | 'post' | 'patch' | 'delete';

export interface GatewayBed {
  readonly deps: GatewayRouterDeps;
  readonly application: Express;
  readonly ledger: SqlLedger;
  readonly faults: unknown[];
  /** With the service key. */
  readonly call: (method: Method, path: string, body?: unknown) => Promise<Response>;
  /** The body goes out as it is. */
  readonly raw: (method: Method, path: string, body: string, headers?: Record<string, string>) => Promise<Response>;
}

/** The routes over a ledger of their own, with providers and overrides in memory. */
export async function gatewayBed(changes: Partial<GatewayRouterDeps> = {}): Promise<GatewayBed> {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' });
  onTestFinished(() => database.close());
  await migrate(database);
  const [providers, overrides, faults] = [new MemoryProviders(), new MemoryOverrides(), [] as unknown[]];
  const deps: GatewayRouterDeps = {
    clock: new ManualClock(NOON),
    host: '127.0.0.1',
    settings: () => SETTINGS,
    configuredNames: () => ['deepseek'],
    providers: () => providers,
    overrides: () => overrides,
    reports: () => Promise.resolve(new GatewayReports(database)),
    directory: () => ({ providers: () => providers.entries() }),
    tryProvider: async (id) => {
      await providers.get(id);
      return { success: true, error: null };
    },
    databaseTrouble: () => Promise.resolve(undefined),
    fault: (_what, _id, error) => void faults.push(error),
    ...changes,
  };
  const application = express().set('query parser', 'simple');
  application.use('/api/v1', gatewayRouter(deps), lastDetailRouter(deps));
  const call: GatewayBed['call'] = (method, path, body) => {
    const asked = request(application)[method](`/api/v1${path}`).set('x-service-key', KEY);
    return Promise.resolve(body === undefined ? asked : asked.send(body as object));
  };
  const raw: GatewayBed['raw'] = (method, path, body, headers = {}) => {
    const asked = request(application)[method](`/api/v1${path}`).set({ 'content-type': 'application/json' });
    asked.set({ 'x-service-key': KEY, ...headers }).serialize((value: unknown) => value as string);
    return Promise.resolve(asked.send(body));
  };
  return { deps, application, ledger: new SqlLedger(database), faults, call, raw };
}

const TIME = '2026-06-01T12:00:00.000Z';

class MemoryProviders implements ProviderStore {
  readonly #rows = new Map<string, ProviderView>();

  list = (): ReturnType<ProviderStore['list']> =>
    Promise.resolve([...this.#rows.values()].toSorted((a, b) => a.priority - b.priority));

  get(id: string): Promise<ProviderView> {
    const row = this.#rows.get(id);
    return row === undefined ? Promise.reject(new DetailFault(404, 'Provider not found')) : Promise.resolve(row);
  }

  create: ProviderStore['create'] = (provider) => {
    if ([...this.#rows.values()].some(({ name }) => name === provider.name)) {
      return Promise.reject(new DetailFault(409, `Provider '${provider.name}' already exists`));
    }
    const row = {
      id: randomUUID(),
      name: provider.name,
      display_name: provider.displayName,
      base_url: provider.baseUrl,
      models: provider.models,
      is_enabled: provider.isEnabled,
      rate_limit_rpm: provider.rpm,
      rate_limit_tpm: provider.tpm,
      priority: provider.priority,
      extra_config: provider.extraConfig,
      created_at: TIME,
      updated_at: TIME,
    };
    this.#rows.set(row.id, row);
    return Promise.resolve(row);
  };

  update: ProviderStore['update'] = async (id, change, _actor, permit) => {
    const row = await this.get(id);
    permit(row);
    const next = {
      ...row,
      display_name: change.displayName ?? row.display_name,
      base_url: change.baseUrl ?? row.base_url,
      models: change.models ?? row.models,
      is_enabled: change.isEnabled ?? row.is_enabled,
      rate_limit_rpm: change.rpm ?? row.rate_limit_rpm,
      rate_limit_tpm: change.tpm ?? row.rate_limit_tpm,
      priority: change.priority ?? row.priority,
      extra_config: change.extraConfig ?? row.extra_config,
    };
    this.#rows.set(id, next);
    return next;
  };

  remove: ProviderStore['remove'] = async (id) => {
    await this.get(id);
    this.#rows.delete(id);
  };

  entries(): ReturnType<ReturnType<GatewayRouterDeps['directory']>['providers']> {
    return [...this.#rows.values()].map((row) => ({
      id: row.id,
      name: row.name,
      displayName: row.display_name,
      baseUrl: row.base_url,
      models: row.models,
      isEnabled: row.is_enabled,
      rpm: row.rate_limit_rpm,
      tpm: row.rate_limit_tpm,
      priority: row.priority,
      version: '1',
    }));
  }
}

class MemoryOverrides implements OverridesStore {
  readonly #rows = new Map<string, OverrideView>();

  list: OverridesStore['list'] = (userId) =>
    Promise.resolve([...this.#rows.values()].filter(({ user_id: id }) => userId === undefined || id === userId));

  create: OverridesStore['create'] = ({ userId, serviceName, providerName, modelName }) => {
    const row = {
      id: randomUUID(),
      user_id: userId,
      service_name: serviceName,
      provider_name: providerName,
      model_name: modelName,
      created_at: TIME,
      updated_at: TIME,
    };
    this.#rows.set(row.id, row);
    return Promise.resolve(row);
  };

  remove: OverridesStore['remove'] = (id) =>
    this.#rows.delete(id) ? Promise.resolve() : Promise.reject(new DetailFault(404, 'Override not found'));
}
