import { ManualClock } from '../core/clock.ts';
import { ProxyError } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { FlightEnding } from '../flights/flight.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { RequestFacts } from '../protocols/types.ts';
import { Affinity } from '../routing/affinity.ts';
import type { Endpoint, Lease } from '../routing/types.ts';
import type { GenerationRecord } from '../telemetry/generation-record.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamHandler, UpstreamRequest } from '../upstream/types.ts';
import { ReceivedRequest } from '../wire/http.ts';
import { scanJson } from '../wire/json-scan.ts';
import type { AnswerHead, GenerationFailure } from './answer.ts';
import type { CandidateLease, Candidates } from './candidates.ts';
import type { Hedger } from './hedge.ts';
import type { GenerationTools } from './generation.ts';
import type { GenerationRequest } from './request.ts';
import { UsageRefusals } from './usage-refusals.ts';

export const TIMEOUTS = { connectMs: 1, firstByteMs: 2, idleMs: 3, firstContentMs: 1_000, answerMs: 2_000 };
export const JSON_HEAD = { 'content-type': 'application/json' };
export const STREAM_HEAD = { 'content-type': 'text/event-stream' };

export function endpoint(id: string, more: Partial<Endpoint> = {}): Endpoint {
  const credential = { kind: 'key', value: `sk-endpoint-${id}` } as const;
  return {
    id: `m/${id}`,
    provider: 'openai',
    origin: `http://${id}`,
    basePath: '/v1',
    credential,
    weight: 1,
    headers: {},
    ...more,
  };
}

/** One request as an endpoint got it, and the way to answer it. */
export interface SentRequest {
  readonly request: UpstreamRequest;
  readonly handler: UpstreamHandler;
  readonly calls: string[];
}

/** Stands for the network: what was sent waits until the test answers it. */
export class FakeUpstream {
  readonly sent: SentRequest[] = [];

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const calls: string[] = [];
    this.sent.push({ request, handler, calls });
    let over = false;
    return {
      pause: () => void calls.push('pause'),
      resume: () => void calls.push('resume'),
      abort: () => {
        calls.push('abort');
        if (over) return;
        over = true;
        handler.onFailure({ kind: 'client_left', reason: 'the last client left' });
      },
    };
  }

  get last(): SentRequest {
    const last = this.sent.at(-1);
    if (!last) throw new Error('nothing was sent');
    return last;
  }

  fail(kind: UpstreamFailure['kind']): void {
    this.last.handler.onFailure({ kind, reason: `made up: ${kind}` });
  }

  answer(status: number, headers: Record<string, string>, ...chunks: readonly (string | Buffer)[]): void {
    const { handler } = this.last;
    handler.onHead(status, headers);
    for (const chunk of chunks) handler.onData(Buffer.from(chunk));
    handler.onEnd();
  }
}

/** A lease that remembers how it was released. */
export class FakeLease implements Lease {
  readonly endpoint: Endpoint;
  readonly probe = false;
  readonly released: Outcome[] = [];
  readonly firstEvents: number[] = [];

  constructor(of: Endpoint) {
    this.endpoint = of;
  }

  firstEvent(ms: number): void {
    this.firstEvents.push(ms);
  }

  release(outcome: Outcome): void {
    this.released.push(outcome);
  }
}

/** Candidates in a given order. */
export class FakeCandidates implements Candidates {
  readonly subject = "model 'm'";
  readonly leases: FakeLease[] = [];
  readonly outcomes: string[] = [];
  readonly #endpoints: Endpoint[];
  ownerUntried = false;
  totalMs = 10_000;
  isOverBudget = false;
  retryMs = 0;
  prepared: Promise<void> | undefined;
  goesOn = true;

  constructor(...endpoints: readonly Endpoint[]) {
    this.#endpoints = [...endpoints];
  }

  prepare(): void | Promise<void> {
    return this.prepared;
  }

  next(): CandidateLease | undefined {
    const next = this.#endpoints.shift();
    if (!next) return undefined;
    const lease = new FakeLease(next);
    this.leases.push(lease);
    return { lease, timeouts: TIMEOUTS, foreignSeals: false };
  }

  /** Present where a second attempt may be made. */
  hedgeAfterMs: number | undefined;
  readonly observed: number[] = [];

  hedger(): Hedger | undefined {
    if (this.hedgeAfterMs === undefined) return undefined;
    const take = (): CandidateLease | undefined => {
      const taken = this.next();
      this.hedgeAfterMs = undefined;
      return taken;
    };
    const afterMs = (): number | undefined => this.hedgeAfterMs;
    return {
      get afterMs() {
        return afterMs();
      },
      take,
      observed: (ms) => void this.observed.push(ms),
    };
  }

  mayGoOn(outcome: Outcome): boolean {
    this.outcomes.push(outcome.kind);
    return this.goesOn;
  }

  retryAfterMs(): number {
    return this.retryMs;
  }

  unavailable(): ProxyError {
    return new ProxyError('no_endpoint_available', 'none');
  }
}

export interface RequestOptions {
  readonly body?: object;
  readonly protocol?: 'chat.completions' | 'responses' | 'embeddings' | 'messages' | 'messages.count_tokens';
  readonly facts?: Partial<RequestFacts>;
  readonly addsUsage?: boolean;
  readonly extraCache?: unknown;
}

/** A request as the stages before a generation have understood it. */
export function generationRequest(options: RequestOptions = {}): GenerationRequest {
  const { body = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] }, protocol: id = 'chat.completions' } =
    options;
  const protocol = PROTOCOLS[id];
  const bytes = Buffer.from(JSON.stringify(body));
  const head = { method: 'POST', path: protocol.path, query: '', headers: {} };
  return {
    id: 'req_1',
    protocol,
    view: new ReceivedRequest(head, [bytes]),
    facts: { ...protocol.facts(JSON.parse(bytes.toString())), ...options.facts },
    scan: scanJson(bytes),
    addsUsage: options.addsUsage ?? false,
    ...(options.extraCache === undefined ? {} : { extraCache: options.extraCache }),
  };
}

export interface Reports {
  readonly attempts: string[];
  readonly generations: GenerationRecord[];
  readonly faults: unknown[];
}

export function tools(upstream: FakeUpstream): { tools: GenerationTools; clock: ManualClock; reports: Reports } {
  const clock = new ManualClock();
  const reports: Reports = { attempts: [], generations: [], faults: [] };
  return {
    clock,
    reports,
    tools: {
      clock,
      upstream,
      affinity: new Affinity({ clock }),
      usageRefusals: new UsageRefusals(clock),
      telemetry: {
        attempt: (id, { kind }) => void reports.attempts.push(`${id} ${kind}`),
        generation: (record) => void reports.generations.push(record),
        fault: (_what, _id, error) => void reports.faults.push(error),
      },
    },
  };
}

/** What one follower has seen. */
export class SeenBy {
  head: AnswerHead | undefined;
  text = '';
  ending: FlightEnding<GenerationFailure> | undefined;
  onOpen(head: AnswerHead): void {
    this.head = head;
  }
  onChunk(chunk: Buffer): boolean {
    this.text += chunk.toString();
    return true;
  }
  onEnd(ending: FlightEnding<GenerationFailure>): void {
    this.ending = ending;
  }
}

export const COMPLETION = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
});

/** One chunk of a chat stream. */
export function chunk(delta: object, finish: string | null = null, more: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  const data = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...more };
  return `data: ${JSON.stringify(data)}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

/** Lets what waits in microtasks run. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
