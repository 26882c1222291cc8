import type { Announced, ObjectStore, Random, StoredObject, WebhookPort } from '../dialects/reply.ts';
import { refusedAddress } from './address.ts';
import type { WebhookAttempt, WebhookDelivery, WebhookEvent, WebhookFilter } from './delivery.ts';
import { signatureOf } from './signature.ts';

const COLLECTION = '/v1/webhook_endpoints';
const USER_AGENT = 'OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** After each attempt that failed; together three days. */
const PAUSES = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 20 * HOUR];
/** The endpoint says that it is no more. */
const GONE = 410;
const KEPT_DELIVERIES = 1000;
const LEAST_STAGE_MS = 10;

interface Timers {
  now(): number;
  after(ms: number, action: () => void): () => void;
}

export interface WebhooksParts {
  readonly clock: Timers;
  readonly random: Random;
  readonly objects: ObjectStore;
  /** Besides the local ones. */
  readonly hosts: readonly string[];
  readonly jobStageMs: number;
  readonly report: (error: unknown) => void;
}

interface Waiter {
  readonly filter: WebhookFilter;
  readonly count: number;
  readonly resolve: () => void;
}

interface Secret {
  readonly secret: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** The webhooks of one tenant: what is sent to its endpoints when something ends, and again when that fails. */
export class Webhooks implements WebhookPort {
  readonly #parts: WebhooksParts;
  readonly #timers = new Set<() => void>();
  readonly #gone = new Set<string>();
  #deliveries: WebhookDelivery[] = [];
  #waiters: Waiter[] = [];

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
  }

  refusal(url: string): string | undefined {
    return refusedAddress(url, this.#parts.hosts);
  }

  /** Looks after something until it ends, if an endpoint has subscribed to that. */
  announce({ id, status, events }: Announced): void {
    const types = Object.values(events);
    if (!this.#endpoints().some(({ body }) => types.some((type) => subscribes(body, type)))) return;
    const look = (): void => {
      const now = status();
      if (now === undefined) return;
      const type = events[now];
      if (type === undefined) this.#after(Math.max(LEAST_STAGE_MS, this.#parts.jobStageMs), look);
      else this.publish(type, { id });
    };
    // Not before the answer that made it has gone out.
    this.#after(Math.max(LEAST_STAGE_MS, this.#parts.jobStageMs), look);
  }

  test(endpointId: string, type: string): void {
    const event = this.#event(type, { id: `${type.split('.')[0] ?? 'event'}_test` });
    for (const endpoint of this.#endpoints()) if (endpoint.id === endpointId) this.#send(endpoint, event);
  }

  /** Sends an event to all endpoints that have subscribed to its type; returns how many they are. */
  publish(type: string, data: WebhookEvent['data']): number {
    const event = this.#event(type, data);
    const endpoints = this.#endpoints().filter(({ body }) => subscribes(body, type));
    for (const endpoint of endpoints) this.#send(endpoint, event);
    return endpoints.length;
  }

  deliveries({ type, endpoint }: WebhookFilter = {}): readonly WebhookDelivery[] {
    return this.#deliveries.filter(
      (one) => (type === undefined || one.event.type === type) && (endpoint === undefined || one.endpoint === endpoint),
    );
  }

  /** Resolves when so many deliveries that fit have been tried at least once. */
  async tried(filter: WebhookFilter, count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ filter, count, resolve });
    this.#wake();
    await promise;
  }

  /** Forgets everything; deliveries that are due later are not made. */
  clear(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#gone.clear();
    this.#deliveries = [];
  }

  #endpoints(): readonly StoredObject[] {
    return this.#parts.objects.all(COLLECTION).filter(({ id }) => !this.#gone.has(id));
  }

  #event(type: string, data: WebhookEvent['data']): WebhookEvent {
    const { clock, random } = this.#parts;
    const created = Math.floor(clock.now() / SECOND);
    return { id: `evt_${random.hex(32)}`, object: 'event', created_at: created, type, data };
  }

  #after(ms: number, action: () => void): void {
    const cancel = this.#parts.clock.after(ms, () => {
      this.#timers.delete(cancel);
      try {
        action();
      } catch (error) {
        this.#parts.report(error);
      }
    });
    this.#timers.add(cancel);
  }

  #send(endpoint: StoredObject, event: WebhookEvent): void {
    const id = `wh_${this.#parts.random.hex(32)}`;
    const body = JSON.stringify(event);
    const url = String(endpoint.body['url']);
    const common = { id, endpoint: endpoint.id, url, event, body };
    this.#keep({ ...common, headers: {}, attempts: [], state: 'sending' });
    this.#attempt(id);
  }

  #attempt(id: string): void {
    const delivery = this.#deliveries.find((one) => one.id === id);
    const endpoint = this.#endpoints().find((one) => one.id === delivery?.endpoint);
    if (delivery === undefined) return;
    if (endpoint === undefined) {
      this.#keep({ ...delivery, state: 'failed' });
      return;
    }
    const at = this.#parts.clock.now();
    const headers = this.#headers(delivery, endpoint, at);
    const url = String(endpoint.body['url']);
    const tried = async (): Promise<void> => {
      const refused = this.refusal(url);
      // Loaded with the first delivery: most mocks never make one.
      const { post } = await import('./post.ts');
      const outcome = refused === undefined ? await post(url, headers, delivery.body) : { error: refused };
      this.#settle({ ...delivery, headers, attempts: [...delivery.attempts, { at, ...outcome }] });
    };
    tried().catch((error: unknown) => this.#parts.report(error));
  }

  #headers({ id, body }: WebhookDelivery, { hidden }: StoredObject, at: number): Readonly<Record<string, string>> {
    const seconds = Math.floor(at / SECOND);
    const former = hidden['former'] as Secret | undefined;
    const secrets = [String(hidden['secret']), ...(former !== undefined && former.until > at ? [former.secret] : [])];
    return {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': secrets.map((secret) => signatureOf(secret, id, seconds, body)).join(' '),
    };
  }

  #settle(delivery: WebhookDelivery): void {
    // A reset has forgotten it meanwhile.
    if (!this.#deliveries.some(({ id }) => id === delivery.id)) return;
    const last = delivery.attempts.at(-1) as WebhookAttempt;
    const { status = 0 } = last;
    const pause = PAUSES[delivery.attempts.length - 1];
    if (status === GONE) this.#gone.add(delivery.endpoint);
    const delivered = status >= 200 && status < 300;
    const retrying = !delivered && status !== GONE && pause !== undefined;
    this.#keep({ ...delivery, state: delivered ? 'delivered' : retrying ? 'retrying' : 'failed' });
    if (retrying) this.#after(pause, () => this.#attempt(delivery.id));
  }

  #keep(delivery: WebhookDelivery): void {
    const at = this.#deliveries.findIndex(({ id }) => id === delivery.id);
    if (at === -1) this.#deliveries.push(delivery);
    else this.#deliveries[at] = delivery;
    if (this.#deliveries.length > KEPT_DELIVERIES) this.#deliveries.shift();
    this.#wake();
  }

  #wake(): void {
    const done = ({ filter, count }: Waiter): boolean =>
      this.deliveries(filter).filter(({ state }) => state !== 'sending').length >= count;
    const ready = this.#waiters.filter(done);
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}

function subscribes(body: StoredObject['body'], type: string): boolean {
  const types = body['event_types'];
  return Array.isArray(types) && types.includes(type);
}
