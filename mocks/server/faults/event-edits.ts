import type { StreamEvent } from '../../dialects/reply.ts';
import type { StreamFaultName } from '../../rules/faults/catalogue.ts';
import type { FaultParameters } from './effect.ts';

/** Events in, other events out; `responses`: the grammar of the Responses API, which numbers its events and has no `[DONE]`. */
export type EventEdit = (
  events: Iterable<StreamEvent>,
  parameters: FaultParameters,
  responses: boolean,
) => Iterable<StreamEvent>;

const TERMINAL = /^(?:data: \[DONE\]|event: response\.(?:completed|incomplete|failed)\n)/;
const FINISHED = /"finish_reason":"/;
const USAGE = /"usage":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/;

const isEnd = ({ bytes }: StreamEvent): boolean => TERMINAL.test(bytes);
const isContent = ({ kind }: StreamEvent): boolean => kind === 'content';

function event(bytes: string): StreamEvent {
  return { bytes, tokens: 0, kind: 'close' };
}

function* rewritten(events: Iterable<StreamEvent>, rewrite: (bytes: string) => string): Generator<StreamEvent> {
  for (const one of events) yield { ...one, bytes: rewrite(one.bytes) };
}

function* filtered(events: Iterable<StreamEvent>, keep: (event: StreamEvent) => boolean): Generator<StreamEvent> {
  for (const one of events) if (keep(one)) yield one;
}

/** Rewrites the first event that fits, from number `from` on. */
function* rewrittenOnce(
  events: Iterable<StreamEvent>,
  fits: (event: StreamEvent, index: number) => boolean,
  rewrite: (event: StreamEvent) => readonly StreamEvent[],
): Generator<StreamEvent> {
  let index = 0;
  let done = false;
  for (const one of events) {
    if (!done && fits(one, index)) {
      done = true;
      yield* rewrite(one);
    } else yield one;
    index += 1;
  }
}

function from(count: number | string | undefined): (event: StreamEvent, index: number) => boolean {
  return (one, index) => index >= Number(count) && !isEnd(one);
}

function* afterDone(events: Iterable<StreamEvent>): Generator<StreamEvent> {
  let content: StreamEvent | undefined;
  for (const one of events) {
    if (isContent(one)) content = one;
    yield one;
  }
  if (content !== undefined) yield content;
}

function* outOfOrder(events: Iterable<StreamEvent>): Generator<StreamEvent> {
  let held: StreamEvent | undefined;
  let swapped = false;
  for (const one of events) {
    if (swapped) yield one;
    else if (held === undefined && isContent(one)) held = one;
    else {
      yield one;
      if (held !== undefined) {
        yield held;
        swapped = true;
      }
    }
  }
  if (!swapped && held !== undefined) yield held;
}

function* withoutLastBlankLine(events: Iterable<StreamEvent>): Generator<StreamEvent> {
  let held: StreamEvent | undefined;
  for (const one of events) {
    if (held !== undefined) yield held;
    held = one;
  }
  if (held !== undefined) yield { ...held, bytes: held.bytes.trimEnd() };
}

function* plainError(events: Iterable<StreamEvent>, { after }: FaultParameters): Generator<StreamEvent> {
  let left = Number(after);
  for (const one of events) {
    if (left === 0) break;
    left -= 1;
    yield one;
  }
  yield event('event: error\ndata: upstream connect error or disconnect/reset before headers\n\n');
}

function unknownEvent(responses: boolean, index: number): StreamEvent {
  const name = 'response.mock_unknown';
  if (!responses) return event('data: {"id":"unknown","object":"chat.completion.unknown","unknown":true}\n\n');
  return event(`event: ${name}\ndata: {"type":"${name}","sequence_number":${index}}\n\n`);
}

function* prelude(events: Iterable<StreamEvent>): Generator<StreamEvent> {
  yield event(
    'data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}\n\n',
  );
  yield* events;
}

/** Line breaks between the braces of the outermost object and its members: JSON may stand on several lines there. */
const spread = (bytes: string): string =>
  bytes.replace(/^data: \{(.*)\}$/m, (_whole, members: string) => `data: {\ndata: ${members}\ndata: }`);

function incomplete(bytes: string): string {
  if (!bytes.startsWith('event: response.completed\n')) {
    return bytes.replace(/"finish_reason":"[a-z_]+"/, '"finish_reason":"content_filter"');
  }
  return bytes
    .replace(
      'event: response.completed\ndata: {"type":"response.completed"',
      () => 'event: response.incomplete\ndata: {"type":"response.incomplete"',
    )
    .replace('"status":"completed"', '"status":"incomplete"')
    .replace('"incomplete_details":null', '"incomplete_details":{"reason":"content_filter"}');
}

const padded = (one: StreamEvent, bytes: number): StreamEvent => ({
  ...one,
  bytes: one.bytes.replace('data: {', () => `data: {"padding":"${'x'.repeat(bytes)}",`),
});

/** The faults that change events, add some or leave some out. */
export const EVENT_EDITS = {
  'no-done': (events) => filtered(events, (one) => !isEnd(one)),
  'double-done': (events) => rewrittenOnce(events, isEnd, (one) => [one, one]),
  'after-done': afterDone,
  'plain-error': plainError,
  'malformed-event': (events, { after }) =>
    rewrittenOnce(events, from(after), (one) => [
      { ...one, bytes: `${one.bytes.slice(0, one.bytes.lastIndexOf(':') + 1)}\n\n` },
    ]),
  'unknown-event': (events, { after }, responses) =>
    rewrittenOnce(events, from(after), (one) => [unknownEvent(responses, Number(after)), one]),
  comments: (events) => rewritten(events, (bytes) => `: keep-alive\n\n${bytes}`),
  'event-fields': (events) => rewritten(events, (bytes) => `id: mock\nretry: 3000\n${bytes}`),
  'no-final-blank-line': withoutLastBlankLine,
  crlf: (events) => rewritten(events, (bytes) => bytes.replaceAll('\n', '\r\n')),
  cr: (events) => rewritten(events, (bytes) => bytes.replaceAll('\n', '\r')),
  bom: (events) =>
    rewrittenOnce(
      events,
      () => true,
      (one) => [{ ...one, bytes: `\uFEFF${one.bytes}` }],
    ),
  'multi-line-data': (events) => rewritten(events, spread),
  'no-space': (events) => rewritten(events, (bytes) => bytes.replaceAll(/^(data|event): /gm, '$1:')),
  'zero-tokens': (events) => filtered(events, (one) => !isContent(one)),
  'null-content': (events, { after }, responses) =>
    responses
      ? events
      : rewrittenOnce(
          events,
          (one, index) => isContent(one) && index >= Number(after),
          (one) => [{ ...one, bytes: one.bytes.replace(/"content":"(?:[^"\\]|\\.)*"/, '"content":null') }, one],
        ),
  'out-of-order': outOfOrder,
  'duplicate-event': (events) => rewrittenOnce(events, isContent, (one) => [one, one]),
  'no-role': (events) => rewritten(events, (bytes) => bytes.replace('"delta":{"role":"assistant",', '"delta":{')),
  'no-usage': (events, _parameters, responses) =>
    responses
      ? rewritten(events, (bytes) => (TERMINAL.test(bytes) ? bytes.replace(USAGE, '"usage":null') : bytes))
      : filtered(events, ({ bytes }) => !(bytes.includes('"choices":[]') && USAGE.test(bytes))),
  'empty-choices': (events, _parameters, responses) => (responses ? events : prelude(events)),
  'giant-event': (events, { bytes }) => rewrittenOnce(events, isContent, (one) => [padded(one, Number(bytes))]),
  'no-finish': (events, _parameters, responses) =>
    filtered(events, (one) => !(responses ? isEnd(one) : FINISHED.test(one.bytes))),
  'response-incomplete': (events) => rewritten(events, incomplete),
} as const satisfies Partial<Readonly<Record<StreamFaultName, EventEdit>>>;
