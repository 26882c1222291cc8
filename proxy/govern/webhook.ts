import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { TimerClock } from '../core/clock.ts';
import type { Secret } from '../core/secret.ts';

export interface WebhookTarget {
  readonly url: string;
  readonly secret?: Secret;
}

export interface WebhookOptions {
  readonly clock: TimerClock;
  /** Of the configuration in force; undefined = no event is sent. */
  readonly target: () => WebhookTarget | undefined;
  /** Posts once: undefined when it was delivered, else the reason. Default: over HTTP. */
  readonly send?: Post;
  /** An event was not delivered: `reason` says why, in words without an address. */
  readonly onLost: (reason: string) => void;
}

export type Post = (target: WebhookTarget, body: string, now: number, stop: AbortSignal) => Promise<string | undefined>;

/** Events that may wait; one more is lost. */
const CAPACITY = 1_000;
const TIMEOUT_MS = 5_000;
/** Pauses between the tries. */
const PAUSES_MS = [1_000, 5_000] as const;
/** How long a stopping proxy waits for what is under way. */
const CLOSE_MS = 2_000;

/**
 * Posts events to the one address of the configuration, one after another, each tried three times. No redirect is followed,
 * and nothing of an answer but its status is read.
 */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #queue: string[] = [];
  readonly #abort = new AbortController();
  #sending: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Never waits and never throws. */
  post(event: object): void {
    if (this.#closed || this.#options.target() === undefined) return;
    if (this.#queue.length >= CAPACITY) {
      this.#options.onLost('too many events are waiting');
      return;
    }
    this.#queue.push(JSON.stringify(event));
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  /** Gives what waits one more try, and stops within two seconds. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    const cancel = this.#options.clock.after(CLOSE_MS, () => this.#abort.abort());
    await this.#sending;
    cancel();
  }

  async #sendAll(): Promise<void> {
    for (let body = this.#queue.shift(); body !== undefined; body = this.#queue.shift()) {
      const failure = await this.#send(body);
      if (failure !== undefined) this.#options.onLost(failure);
    }
  }

  /** Undefined when it was delivered. */
  async #send(body: string): Promise<string | undefined> {
    for (let tries = 0; ; tries += 1) {
      const target = this.#options.target();
      if (target === undefined || this.#abort.signal.aborted) return 'the proxy was stopped or its webhook taken away';
      const { send = posted, clock } = this.#options;
      const failure = await send(target, body, clock.now(), this.#abort.signal);
      if (failure === undefined) return undefined;
      const pause = PAUSES_MS[tries];
      if (pause === undefined || this.#closed) return failure;
      await this.#pause(pause);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** HMAC-SHA-256 of `<unix seconds>.<body>`. */
export function signatureOf(secret: Secret, seconds: number, body: string): string {
  const digest = createHmac('sha256', secret.reveal()).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}

function posted(target: WebhookTarget, body: string, now: number, stop: AbortSignal): Promise<string | undefined> {
  const url = new URL(target.url);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'llmproxy',
    ...(target.secret ? { 'x-llmproxy-signature': signatureOf(target.secret, Math.floor(now / 1_000), body) } : {}),
  };
  const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), stop]);
  return new Promise((resolve) => {
    const { request: begin } = url.protocol === 'https:' ? https : http;
    const request = begin(url, { method: 'POST', headers, signal, agent: false }, (response) => {
      const { statusCode = 0 } = response;
      // Its body says nothing that is needed: the connection is not kept for it.
      response.destroy();
      resolve(statusCode >= 200 && statusCode < 300 ? undefined : `the webhook answered with status ${statusCode}`);
    });
    request.on('error', (error) => {
      const { code } = error as { code?: unknown };
      resolve(
        `the webhook did not answer (${signal.aborted ? 'timeout' : typeof code === 'string' ? code : error.name})`,
      );
    });
    request.end(body);
  });
}
