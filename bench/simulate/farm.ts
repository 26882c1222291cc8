import type { TimerClock } from '../../proxy/core/clock.ts';
import type { Random } from '../../proxy/core/random.ts';
import type { UpstreamCall, UpstreamHandler, UpstreamRequest } from '../../proxy/upstream/types.ts';
import type { Tally } from './tally.ts';

/** How an endpoint is at a moment. */
export type Condition =
  /** `slowdown` × the usual time of an answer. */
  | { readonly kind: 'serves'; readonly slowdown: number }
  /** Its packets are lost: no connection comes to be. */
  | { readonly kind: 'silent' }
  /** It refuses connections. */
  | { readonly kind: 'refuses' }
  /** It answers 429 to what is more than so many requests in a window, with `retry-after` to the end of it. */
  | { readonly kind: 'limited'; readonly perWindow: number; readonly windowMs: number };

export type Conditions = (endpoint: number, atMs: number) => Condition;

export interface FarmOptions {
  readonly clock: TimerClock;
  readonly random: Random;
  readonly conditions: Conditions;
  readonly tally: Tally;
}

const LEAST_MS = 200;
const MEAN_MORE_MS = 800;
/** Milliseconds until an endpoint has said no. */
const REFUSAL_MS = 20;
const HEADERS = { 'content-type': 'application/json' };
const ANSWER = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-simulated',
    object: 'chat.completion',
    created: 1_750_000_000,
    model: 'simulated',
    choices: [{ index: 0, message: { role: 'assistant', content: 'An answer.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 },
  }),
);
const LIMITED = Buffer.from(
  JSON.stringify({
    error: { message: 'Rate limit reached', type: 'requests', param: null, code: 'rate_limit_exceeded' },
  }),
);

export function originOf(endpoint: number): string {
  return `http://${endpoint}.simulated`;
}

/** All endpoints: stands for the network and what is behind it. */
export class Farm {
  readonly #options: FarmOptions;
  /** By endpoint: the window that is running and how many requests came in it. */
  readonly #windows = new Map<number, { readonly number: number; taken: number }>();

  constructor(options: FarmOptions) {
    this.#options = options;
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const { clock, conditions, tally } = this.#options;
    const endpoint = Number.parseInt(request.origin.slice('http://'.length), 10);
    tally.called(endpoint);
    let over = false;
    const once = (end: () => void): void => {
      if (over) return;
      over = true;
      end();
    };
    const condition = conditions(endpoint, clock.monotonic());
    const { ms, end } = this.#prospect(endpoint, condition, request, handler);
    const cancel = clock.after(ms, () => once(end));
    return {
      pause: () => undefined,
      resume: () => undefined,
      abort: () => {
        cancel();
        once(() => handler.onFailure({ kind: 'client_left', reason: 'aborted' }));
      },
    };
  }

  #prospect(
    endpoint: number,
    condition: Condition,
    request: UpstreamRequest,
    handler: UpstreamHandler,
  ): { ms: number; end: () => void } {
    switch (condition.kind) {
      case 'silent':
        return {
          ms: request.timeouts.connectMs,
          end: () => handler.onFailure({ kind: 'timeout_connect', reason: 'no connection' }),
        };
      case 'refuses':
        return { ms: REFUSAL_MS, end: () => handler.onFailure({ kind: 'refused', reason: 'refused' }) };
      case 'limited': {
        const waitMs = this.#waitMs(endpoint, condition);
        if (waitMs === 0) break;
        const headers = { ...HEADERS, 'retry-after': String(Math.ceil(waitMs / 1_000)) };
        return { ms: REFUSAL_MS, end: () => answer(handler, 429, headers, LIMITED) };
      }
      case 'serves':
        break;
    }
    const slowdown = condition.kind === 'serves' ? condition.slowdown : 1;
    const ms = slowdown * (LEAST_MS - MEAN_MORE_MS * Math.log(1 - this.#options.random()));
    return { ms, end: () => this.#served(endpoint, handler) };
  }

  /** What an endpoint was about to answer is lost with its region. */
  #served(endpoint: number, handler: UpstreamHandler): void {
    const { clock, conditions } = this.#options;
    const { kind } = conditions(endpoint, clock.monotonic());
    if (kind === 'silent' || kind === 'refuses') handler.onFailure({ kind: 'refused', reason: 'broke off' });
    else answer(handler, 200, HEADERS, ANSWER);
  }

  /** Milliseconds until the window ends when it is full; else 0, and the request counts. */
  #waitMs(endpoint: number, { perWindow, windowMs }: Extract<Condition, { kind: 'limited' }>): number {
    const now = this.#options.clock.monotonic();
    const number = Math.floor(now / windowMs);
    let window = this.#windows.get(endpoint);
    if (window?.number !== number) {
      window = { number, taken: 0 };
      this.#windows.set(endpoint, window);
    }
    if (window.taken >= perWindow) return (number + 1) * windowMs - now;
    window.taken += 1;
    return 0;
  }
}

function answer(handler: UpstreamHandler, status: number, headers: Record<string, string>, body: Buffer): void {
  handler.onHead(status, headers);
  handler.onData(body);
  handler.onEnd();
}
