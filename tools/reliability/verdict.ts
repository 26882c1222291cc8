import { ERRORS } from '../../proxy/core/errors.ts';
import type { Exchange } from './client.ts';
import { eventsOf, isTerminal, textOfBody, textOfEvents, uptoTerminal, type StreamEvent } from './answer.ts';

export type Shape = 'chat' | 'responses';

/** What a client got, in the words of the page. */
export interface Verdict {
  readonly words: string;
  /** The whole answer of an endpoint, as that endpoint would have given it without a fault. */
  readonly good: boolean;
}

export interface Expected {
  readonly shape: Shape;
  readonly stream: boolean;
  readonly text: string;
  /** Id of the endpoint that has no fault, where there is one. */
  readonly healthy: string | undefined;
}

interface Failure {
  readonly code?: unknown;
  readonly type?: unknown;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function nameOf({ code, type }: Failure): string {
  const name = code ?? type;
  return typeof name === 'string' ? name : 'an error without a code';
}

/** Codes of the proxy with 4xx are the provider's too; an answer that came from an endpoint names it in its head. */
function errorBody({ status, headers }: Exchange, failure: Failure | undefined): string {
  if (failure === undefined) return `${status} without an error object, of the endpoint`;
  const name = nameOf(failure);
  const ours = Object.hasOwn(ERRORS, name) && (status >= 500 || headers['x-llmproxy-endpoint'] === undefined);
  return `${status} ${name}${ours ? '' : ' of the endpoint'}`;
}

function errorEvent(failure: Failure): string {
  const name = nameOf(failure);
  return `error event ${name}${Object.hasOwn(ERRORS, name) ? '' : ' of the endpoint'}`;
}

function bad(words: string): Verdict {
  return { words, good: false };
}

function answered(exchange: Exchange, expected: Expected, text: string | undefined): Verdict {
  if (text !== expected.text) return bad(text === '' ? 'empty answer' : 'other content');
  const endpoint = exchange.headers['x-llmproxy-endpoint'];
  return { words: endpoint === expected.healthy ? 'other endpoint' : 'answer', good: true };
}

function errorEventOf(events: readonly StreamEvent[]): Failure | undefined {
  for (const { data } of events) {
    const value = jsonOf(data) as { error?: Failure; type?: string; code?: unknown; response?: { error?: Failure } };
    if (typeof value !== 'object' || value === null) continue;
    if (value.error !== undefined && value.error !== null) return value.error;
    if (value.type === 'error') return value;
    if (value.type === 'response.failed') return value.response?.error ?? {};
  }
  return undefined;
}

function streamVerdict(exchange: Exchange, expected: Expected): Verdict {
  const events = uptoTerminal(eventsOf(exchange.body), expected.shape);
  const failure = errorEventOf(events);
  if (failure !== undefined) return bad(errorEvent(failure));
  if (exchange.ending === 'cut') return bad('silent cut');
  if (!events.some((event) => isTerminal(event, expected.shape))) return bad('silent end');
  if (events.some(({ data }) => data !== '[DONE]' && jsonOf(data) === undefined)) return bad('malformed event relayed');
  return answered(exchange, expected, textOfEvents(events, expected.shape));
}

/** Judges one exchange; the words `hang` and `silent` stand for what must never happen. */
export function verdictOf(exchange: Exchange, expected: Expected): Verdict {
  const { status, body, ending } = exchange;
  if (ending === 'hang') return bad('hang');
  if (status === 0) return bad('silent cut before the head');
  if (expected.stream && String(exchange.headers['content-type']).startsWith('text/event-stream')) {
    return streamVerdict(exchange, expected);
  }
  if (ending === 'cut') return bad('silent cut');
  const value = jsonOf(body) as { error?: Failure } | undefined | null;
  if (status >= 400) {
    return bad(errorBody(exchange, value?.error));
  }
  if (value?.error !== undefined && value.error !== null) return bad(`silent error under ${status}`);
  if (status !== 200 || expected.stream) return bad(`silent ${status}`);
  return answered(exchange, expected, textOfBody(value, expected.shape));
}
