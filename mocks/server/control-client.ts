import { request as httpRequest } from 'node:http';
import type { JournalEntry, JournalFilter } from '../journal/entry.ts';
import type { LimitReport } from '../limits/limiter.ts';
import type { LimitSettings } from '../limits/settings.ts';
import type { AnswerRule } from '../rules/script/answer-rule.ts';
import type { FaultRule } from '../rules/fault.ts';
import type { Pace } from '../rules/pace.ts';
import type { ScriptReport } from '../rules/script/run.ts';
import type { ScriptInput } from '../rules/script/types.ts';
import type { StrictnessSetting } from '../strictness/index.ts';
import type { WebhookDelivery, WebhookFilter } from '../webhooks/delivery.ts';
import { CONTROL_PREFIX } from './control.ts';
import type { MockClock } from './mock-clock.ts';
import { clockOver } from './mock-clock.ts';
import { portable } from './portable.ts';
import { TENANT_KEY_PREFIX, pathPrefix, splitPath, tenantAt } from './tenant-selection.ts';

const TIMEOUT_MS = 30_000;

/** A running mock, wherever it runs: everything goes over its control API. */
export interface MockControl {
  /** `http://127.0.0.1:PORT`; of a tenant with `/t/NAME`. */
  readonly url: string;
  /** What an OpenAI client takes as base URL: `url` and `/v1`. */
  readonly baseURL: string;
  readonly port: number;
  /** What came in so far, oldest first; the last 10,000. */
  requests(filter?: JournalFilter): Promise<JournalEntry[]>;
  /** Scripts an answer. Rules with `times` are a queue, the oldest first; then the newest of the others, which stay until `reset()`. */
  answer(rule: AnswerRule): Promise<void>;
  /** Scripts a failure. Which rule is next is decided as with `answer()`. */
  fault(rule: FaultRule): Promise<void>;
  /**
   * Puts a script in the place of the one at work, from its beginning; `null`: none. Functions and predicates need a mock in this process.
   * Rejects with a line for everything that is wrong with it.
   */
  script(script: ScriptInput | null): Promise<void>;
  /** How the script is doing: uses of its rules, states of scenarios, requests that none of its rules fitted. */
  scriptReport(): Promise<ScriptReport | null>;
  /** Of a mock that was started with `clock: 'virtual'`. */
  readonly clock: MockClock;
  /** The same mock for one tenant: rules, script, journal, stored objects, limits, pace and clock of its own. */
  tenant(name: string): TenantControl;
  /** Whether the journal notes time, length and hash of every event from now on. */
  trace(on: boolean): Promise<void>;
  /** Changes the given fields of the pace. */
  pace(pace: Pace): Promise<void>;
  /** How strict requests are judged from now on. */
  strictness(setting: StrictnessSetting): Promise<void>;
  /** Puts other rate limits and quotas in place, with full buckets and nothing spent; `null`: none. Holds for every server that shares them. */
  limit(limits: LimitSettings | null): Promise<void>;
  /** The limits, what their buckets hold, and what was spent of quotas. */
  limits(): Promise<LimitReport>;
  /**
   * Deliveries of webhooks, oldest first, once `count` of them (default 1) were tried; rejects when they do not come.
   * With `count: 0` those that there are now.
   */
  webhooks(filter?: WebhookFilter & { readonly count?: number }): Promise<readonly WebhookDelivery[]>;
  /** Sends an event to all webhook endpoints that have subscribed to its type; resolves with how many they are. */
  sendWebhook(type: string, data?: Readonly<Record<string, unknown>>): Promise<number>;
  /** Forgets the journal, rules and stored responses, and restores pace, strictness and limits the server was started with. */
  reset(): Promise<void>;
  /** Stops the server when this handle started it; a handle from `connectMock` leaves it running. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A tenant, and the ways in which a request names it. */
export interface TenantControl extends MockControl {
  readonly name: string;
  /** A key that names it. */
  readonly apiKey: string;
  /** A model's name that names it: `gpt-4o@NAME`. The tenant's name has to begin with a letter. */
  model(model: string): string;
  /** Forgets the tenant. */
  close(): Promise<void>;
}

/** Sets a script without a detour over the wire, so that it may have functions. `tenant`: undefined for requests that name none. */
export type LocalScript = (tenant: string | undefined, script: ScriptInput | null) => void;

/** What a handle needs besides the address. */
export interface ControlAccess {
  /** Of a mock in this process. */
  readonly local?: LocalScript | undefined;
  /** The control token of the mock, where it wants one. */
  readonly token?: string | undefined;
}

/** Where the control API is. */
interface ControlTarget extends Pick<ControlAccess, 'token'> {
  readonly url: string;
}

/** One call of the control API, on a connection of its own: no idle socket is left behind. Errors carry the server's sentence. */
export async function callControl(
  { url, token }: ControlTarget,
  method: string,
  name: string,
  body?: unknown,
): Promise<unknown> {
  const sent = body === undefined ? undefined : portable(body);
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const target = new URL(`${url}${CONTROL_PREFIX}${name}`);
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const request = httpRequest(target, { method, headers, agent: false, timeout: TIMEOUT_MS }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
  });
  request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
  request.on('error', (cause) => {
    reject(new Error(`cannot ${method} ${target.href}: ${cause.message}; is the mock running?`, { cause }));
  });
  request.end(sent);
  const { status, text } = await promise;
  const answer = JSON.parse(text) as { readonly error?: { readonly message?: string } };
  if (status !== 200) throw new Error(`${method} ${target.pathname} was refused: ${answer.error?.message ?? text}`);
  return answer;
}

/** Forgets what a mock knows of its tenants, and of requests that name none. */
export async function forgetTenants(target: ControlTarget): Promise<void> {
  await callControl(target, 'DELETE', 'tenants');
}

function queryOf(filter: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** Builds the handle; `stop` is what `close()` does, once. A `url` under `/t/NAME` gives the tenant's. */
export function controlOf(url: string, stop: () => Promise<void>, access: ControlAccess = {}): MockControl {
  const { origin: server, port, pathname } = new URL(url);
  const tenant = splitPath(pathname.endsWith('/') ? pathname : `${pathname}/`)?.tenant;
  const origin = tenant === undefined ? server : `${server}${pathPrefix(tenant)}`;
  const call = async (method: string, name: string, body?: unknown): Promise<unknown> =>
    callControl({ url: origin, token: access.token }, method, name, body);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= stop());
  return {
    url: origin,
    baseURL: `${origin}/v1`,
    port: Number(port),
    async requests(filter = {}) {
      const answer = await call('GET', `journal${queryOf(filter)}`);
      return (answer as { entries: JournalEntry[] }).entries;
    },
    async answer(rule) {
      await call('POST', 'answers', rule);
    },
    async fault(rule) {
      await call('POST', 'faults', rule);
    },
    async script(script) {
      if (access.local !== undefined) access.local(tenant, script);
      else if (script === null) await call('DELETE', 'script');
      else await call('PUT', 'script', script);
    },
    async scriptReport() {
      return ((await call('GET', 'script')) as { script: ScriptReport | null }).script;
    },
    clock: clockOver(call),
    tenant: (name) => tenantOf(server, tenantAt(name, 'tenant'), access),
    async trace(trace) {
      await call('PUT', 'trace', { trace });
    },
    async pace(pace) {
      await call('PATCH', 'pace', pace);
    },
    async strictness(strictness) {
      await call('PUT', 'strictness', { strictness });
    },
    async limit(limits) {
      if (limits === null) await call('DELETE', 'limits');
      else await call('PUT', 'limits', limits);
    },
    async limits() {
      return (await call('GET', 'limits')) as LimitReport;
    },
    async webhooks({ count = 1, ...filter } = {}) {
      const answer = await call('GET', `webhooks${queryOf({ ...filter, count })}`);
      return (answer as { webhooks: WebhookDelivery[] }).webhooks;
    },
    async sendWebhook(type, data = {}) {
      return ((await call('POST', 'webhooks', { type, data })) as { endpoints: number }).endpoints;
    },
    async reset() {
      await call('POST', 'reset');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function tenantOf(server: string, name: string, access: ControlAccess): TenantControl {
  const url = `${server}${pathPrefix(name)}`;
  const forget = async (): Promise<void> => void (await callControl({ url, token: access.token }, 'DELETE', 'tenant'));
  const model = (base: string): string => `${base}@${name}`;
  return { ...controlOf(url, forget, access), name, apiKey: `${TENANT_KEY_PREFIX}${name}`, model };
}
