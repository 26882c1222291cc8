import { ERRORS } from '../../proxy/core/errors.ts';
import {
  eventsOf,
  failureOfEvents,
  objectIn,
  readEvents,
  textOfEvents,
  type Failure,
  type ShapeReader,
} from './answer.ts';
import type { Exchange } from './client.ts';
import { READERS, type Shape } from './shapes/table.ts';

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

/** Codes of the proxy with 4xx are the provider's too; an answer that came from an endpoint names it in its head. */
function errorBody({ status, headers }: Exchange, failure: Failure | undefined): string {
  if (failure === undefined) return `${status} without an error object, of the endpoint`;
  const { name } = failure;
  const ours = Object.hasOwn(ERRORS, name) && (status >= 500 || headers['x-llmproxy-endpoint'] === undefined);
  return `${status} ${name}${ours ? '' : ' of the endpoint'}`;
}

function errorEvent({ name }: Failure): string {
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

function streamVerdict(exchange: Exchange, expected: Expected, reader: ShapeReader): Verdict {
  const events = readEvents(eventsOf(exchange.body), reader);
  const failure = failureOfEvents(events, reader);
  if (failure !== undefined) return bad(errorEvent(failure));
  if (exchange.ending === 'cut') return bad('silent cut');
  if (!events.some((event) => reader.isTerminal(event))) return bad('silent end');
  if (events.some(({ data }) => data !== '[DONE]' && objectIn(data) === undefined)) {
    return bad('malformed event relayed');
  }
  return answered(exchange, expected, textOfEvents(events, reader));
}

/** Judges one exchange; the words `hang` and `silent` stand for what must never happen. */
export function verdictOf(exchange: Exchange, expected: Expected): Verdict {
  const { status, body, ending } = exchange;
  const reader = READERS[expected.shape];
  if (ending === 'hang') return bad('hang');
  if (status === 0) return bad('silent cut before the head');
  if (status < 400 && expected.stream && String(exchange.headers['content-type']).startsWith('text/event-stream')) {
    return streamVerdict(exchange, expected, reader);
  }
  if (ending === 'cut') return bad('silent cut');
  const value = objectIn(body) ?? {};
  const failure = reader.failureOfBody(value);
  if (status >= 400) return bad(errorBody(exchange, failure));
  if (failure !== undefined) return bad(`silent error under ${status}`);
  if (status !== 200 || expected.stream) return bad(`silent ${status}`);
  return answered(exchange, expected, reader.textOfBody(value));
}
