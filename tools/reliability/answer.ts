import { createParser } from 'eventsource-parser';

export interface StreamEvent {
  /** Its `event:` line. */
  readonly name?: string;
  readonly data: string;
}

/** What an error says of itself, in no family's words. */
export interface Failure {
  /** Code of the proxy, or the most exact word that the endpoint has. */
  readonly name: string;
}

/** Reads answers of one protocol as its clients do. */
export interface ShapeReader {
  /** Path of a request for `model`. */
  path(model: string, stream: boolean): string;
  body(model: string, prompt: string, stream: boolean): object;
  /** The text of a JSON answer; undefined when it has not the shape of one. */
  textOfBody(answer: object): string | undefined;
  /** What a JSON body says is wrong. */
  failureOfBody(body: object): Failure | undefined;
  /** The text that an event adds. */
  textOfEvent(event: object): string;
  /** What an event says is wrong, in a form that the family's clients take for an error. */
  failureOfEvent(event: object, name: string | undefined): Failure | undefined;
  /** Whether an event says that the answer is whole. */
  isTerminal(event: StreamEvent): boolean;
  /** Clients read on behind the terminal event, to the end of the body. */
  readonly readsToEnd: boolean;
}

/** The events of a stream by the grammar of EventSource. */
export function eventsOf(body: string): StreamEvent[] {
  const events: StreamEvent[] = [];
  const parser = createParser({
    onEvent: ({ data, event }) => void events.push(event === undefined ? { data } : { data, name: event }),
  });
  parser.feed(body);
  return events;
}

/** The object that a text is; undefined for anything else. */
export function objectIn(text: string): object | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The deltas of a stream put together. */
export function textOfEvents(events: readonly StreamEvent[], reader: ShapeReader): string {
  return events.map(({ data }) => textOfEvent(objectIn(data), reader)).join('');
}

function textOfEvent(event: object | undefined, reader: ShapeReader): string {
  return event === undefined ? '' : reader.textOfEvent(event);
}

/** What clients read of a stream. */
export function readEvents(events: readonly StreamEvent[], reader: ShapeReader): readonly StreamEvent[] {
  const last = reader.readsToEnd ? -1 : events.findIndex((event) => reader.isTerminal(event));
  return last === -1 ? events : events.slice(0, last + 1);
}

/** The first error that a stream tells of. */
export function failureOfEvents(events: readonly StreamEvent[], reader: ShapeReader): Failure | undefined {
  for (const { data, name } of events) {
    const failure = reader.failureOfEvent(objectIn(data) ?? {}, name);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

const UNNAMED = 'without a code';

export function failureNamed(...names: readonly unknown[]): Failure {
  const name = names.find((one) => one !== undefined && one !== null);
  return { name: typeof name === 'string' ? name : UNNAMED };
}
