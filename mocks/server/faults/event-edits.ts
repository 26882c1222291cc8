import type { StreamEvent } from '../../dialects/reply.ts';
import type { StreamFaultName } from '../../rules/faults/catalogue.ts';
import type { FaultParameters } from './effect.ts';
import type { Grammar } from './grammars.ts';

/** Events in, other events out. */
export type EventEdit = (
  events: Iterable<StreamEvent>,
  parameters: FaultParameters,
  grammar: Grammar,
) => Iterable<StreamEvent>;

const USAGE = /"usage":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/;

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

type EventTest = (event: StreamEvent) => boolean;

const fits =
  (pattern: RegExp): EventTest =>
  ({ bytes }) =>
    pattern.test(bytes);

function from(count: number | string | undefined, { end }: Grammar): (event: StreamEvent, index: number) => boolean {
  return (one, index) => index >= Number(count) && !end.test(one.bytes);
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

/** Without content; a last chunk that has some keeps all else. */
function* wordless(events: Iterable<StreamEvent>, { finish, text }: Grammar): Generator<StreamEvent> {
  for (const one of events) {
    if (!isContent(one)) yield one;
    else if (text !== undefined && finish.test(one.bytes)) yield { ...one, bytes: one.bytes.replace(text, '"$1":""') };
  }
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

function* prelude(events: Iterable<StreamEvent>, first: string): Generator<StreamEvent> {
  yield event(first);
  yield* events;
}

/** Line breaks between the braces of the outermost object and its members: JSON may stand on several lines there. */
const spread = (bytes: string): string =>
  bytes.replace(/^data: \{(.*)\}$/m, (_whole, members: string) => `data: {\ndata: ${members}\ndata: }`);

function filteredOut(bytes: string, { filtered: changes }: Grammar): string {
  return changes.reduce((text, [pattern, becomes]) => text.replace(pattern, becomes), bytes);
}

const padded = (one: StreamEvent, bytes: number): StreamEvent => ({
  ...one,
  bytes: one.bytes.replace('data: {', () => `data: {"padding":"${'x'.repeat(bytes)}",`),
});

/** The faults that change events, add some or leave some out. */
export const EVENT_EDITS = {
  'no-done': (events, _parameters, { end }) => filtered(events, ({ bytes }) => !end.test(bytes)),
  'double-done': (events, _parameters, { end }) => rewrittenOnce(events, fits(end), (one) => [one, one]),
  'after-done': afterDone,
  'plain-error': plainError,
  'malformed-event': (events, { after }, grammar) =>
    rewrittenOnce(events, from(after, grammar), (one) => [
      { ...one, bytes: `${one.bytes.slice(0, one.bytes.lastIndexOf(':') + 1)}\n\n` },
    ]),
  'unknown-event': (events, { after }, grammar) =>
    rewrittenOnce(events, from(after, grammar), (one) => [event(grammar.unknown(Number(after))), one]),
  comments: (events) => rewritten(events, (bytes) => `: keep-alive\n\n${bytes}`),
  'event-fields': (events) => rewritten(events, (bytes) => `id: mock\nretry: 3000\n${bytes}`),
  'no-final-blank-line': withoutLastBlankLine,
  crlf: (events) => rewritten(events, (bytes) => bytes.replaceAll(/\r?\n/g, '\r\n')),
  cr: (events) => rewritten(events, (bytes) => bytes.replaceAll(/\r?\n/g, '\r')),
  bom: (events) =>
    rewrittenOnce(
      events,
      () => true,
      (one) => [{ ...one, bytes: `\uFEFF${one.bytes}` }],
    ),
  'multi-line-data': (events) => rewritten(events, spread),
  'no-space': (events) => rewritten(events, (bytes) => bytes.replaceAll(/^(data|event): /gm, '$1:')),
  'zero-tokens': (events, _parameters, grammar) => wordless(events, grammar),
  'null-content': (events, { after }, { text }) =>
    text === undefined
      ? events
      : rewrittenOnce(
          events,
          (one, index) => isContent(one) && index >= Number(after) && text.test(one.bytes),
          (one) => [{ ...one, bytes: one.bytes.replace(text, '"$1":null') }, one],
        ),
  'out-of-order': outOfOrder,
  'duplicate-event': (events) => rewrittenOnce(events, isContent, (one) => [one, one]),
  'no-role': (events) =>
    rewritten(events, (bytes) =>
      bytes.replace(/("delta":\{|"type":"message",)"role":"assistant",/, '$1').replace(/,\s*"role": ?"model"/, ''),
    ),
  'no-usage': (events, _parameters, { usage: { alone, of, drop } }) =>
    drop !== undefined
      ? rewritten(events, (bytes) => bytes.replace(drop, ''))
      : alone
        ? filtered(events, ({ bytes }) => !(of.test(bytes) && USAGE.test(bytes)))
        : rewritten(events, (bytes) => (of.test(bytes) ? bytes.replace(USAGE, '"usage":null') : bytes)),
  'empty-choices': (events, _parameters, { prelude: first }) => (first === undefined ? events : prelude(events, first)),
  'giant-event': (events, { bytes }) => rewrittenOnce(events, isContent, (one) => [padded(one, Number(bytes))]),
  'no-finish': (events, _parameters, { finish }) => filtered(events, ({ bytes }) => !finish.test(bytes)),
  'response-incomplete': (events, _parameters, grammar) => rewritten(events, (bytes) => filteredOut(bytes, grammar)),
} as const satisfies Partial<Readonly<Record<StreamFaultName, EventEdit>>>;
