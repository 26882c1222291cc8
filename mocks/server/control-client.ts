import { request as httpRequest } from 'node:http';
import type { JournalEntry, JournalFilter } from '../journal/entry.ts';
import type { LimitReport } from '../limits/limiter.ts';
import type { LimitSettings } from '../limits/settings.ts';
import type { AnswerRule } from '../rules/answer.ts';
import type { FaultRule } from '../rules/fault.ts';
import type { Match } from '../rules/match.ts';
import type { Pace } from '../rules/pace.ts';
import type { StrictnessSetting } from '../strictness/index.ts';
import { CONTROL_PREFIX } from './control.ts';

const TIMEOUT_MS = 10_000;

/** A running mock, wherever it runs: everything goes over its control API. */
export interface MockControl {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** What an OpenAI client takes as base URL: `url` and `/v1`. */
  readonly baseURL: string;
  readonly port: number;
  /** What came in so far, oldest first; the last 10,000. */
  requests(filter?: JournalFilter): Promise<JournalEntry[]>;
  /** Scripts an answer. Rules are asked in the order in which they came. */
  answer(rule: AnswerRule): Promise<void>;
  /** Scripts a failure. Rules are asked in the order in which they came. */
  fault(rule: FaultRule): Promise<void>;
  /** Changes the given fields of the pace. */
  pace(pace: Pace): Promise<void>;
  /** How strict requests are judged from now on. */
  strictness(setting: StrictnessSetting): Promise<void>;
  /** Puts other rate limits and quotas in place, with full buckets and nothing spent; `null`: none. Holds for every server that shares them. */
  limit(limits: LimitSettings | null): Promise<void>;
  /** The limits, what their buckets hold, and what was spent of quotas. */
  limits(): Promise<LimitReport>;
  /** Forgets the journal, rules and stored responses, and restores pace, strictness and limits the server was started with. */
  reset(): Promise<void>;
  /** Stops the server when this handle started it; a handle from `connectMock` leaves it running. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One call of the control API, on a connection of its own: no idle socket is left behind. Errors carry the server's sentence. */
export async function callControl(url: string, method: string, name: string, body?: unknown): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const target = new URL(`${CONTROL_PREFIX}${name}`, url);
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
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
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const { status, text } = await promise;
  const answer = JSON.parse(text) as { readonly error?: { readonly message?: string } };
  if (status !== 200) throw new Error(`${method} ${target.pathname} was refused: ${answer.error?.message ?? text}`);
  return answer;
}

/** A regular expression has no JSON: it travels as source and flags. */
function portable(rule: { readonly match?: Match }): unknown {
  const text = rule.match?.text;
  if (!(text instanceof RegExp)) return rule;
  return { ...rule, match: { ...rule.match, text: { regex: text.source, flags: text.flags } } };
}

function queryOf(filter: JournalFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** Builds the handle; `stop` is what `close()` does, once. */
export function controlOf(url: string, stop: () => Promise<void>): MockControl {
  const { origin, port } = new URL(url);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= stop());
  return {
    url: origin,
    baseURL: `${origin}/v1`,
    port: Number(port),
    async requests(filter = {}) {
      const answer = await callControl(origin, 'GET', `journal${queryOf(filter)}`);
      return (answer as { entries: JournalEntry[] }).entries;
    },
    async answer(rule) {
      await callControl(origin, 'POST', 'answers', portable(rule));
    },
    async fault(rule) {
      await callControl(origin, 'POST', 'faults', portable(rule));
    },
    async pace(pace) {
      await callControl(origin, 'PATCH', 'pace', pace);
    },
    async strictness(strictness) {
      await callControl(origin, 'PUT', 'strictness', { strictness });
    },
    async limit(limits) {
      if (limits === null) await callControl(origin, 'DELETE', 'limits');
      else await callControl(origin, 'PUT', 'limits', limits);
    },
    async limits() {
      return (await callControl(origin, 'GET', 'limits')) as LimitReport;
    },
    async reset() {
      await callControl(origin, 'POST', 'reset');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
