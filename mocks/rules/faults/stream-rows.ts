import type { FaultTable } from './row.ts';
import { after, anyAnswer, milliseconds, streamAnswer } from './row.ts';

const LINES = 'Use a parser that follows the EventSource grammar.';
const INCOMPLETE =
  'Know the end mark of the protocol; without it the answer is incomplete: never cache it, tell the client.';
const PAUSE = milliseconds(0, 'of silence; 0 is for ever');

/** The faults that a client meets in the events of a stream. */
export const STREAM_ROWS = {
  stall: anyAnswer(
    'The head, then silence.',
    'Have a timeout to the first event; before it, another endpoint can take over.',
    PAUSE,
  ),
  'stall-mid': streamAnswer(
    'Some events, then silence.',
    'Have an idle timeout between events; end the stream with an error event.',
    {
      ...after(3),
      ...PAUSE,
    },
  ),
  trickle: streamAnswer(
    'One event after each pause.',
    'Bound the whole answer too, not only the time between events.',
    milliseconds(1000, 'before each event'),
  ),
  cut: anyAnswer('The connection ends in the middle; with `after=0` before the head.', INCOMPLETE, after(0)),
  'cut-first': anyAnswer('The head, then the end of the connection.', 'Nothing was delivered yet: retry elsewhere.'),
  'no-done': streamAnswer('No `[DONE]`; no terminal event in a Responses stream. The body ends properly.', INCOMPLETE),
  'double-done': streamAnswer('The end mark twice.', 'Stop reading events at the first.'),
  'after-done': streamAnswer('Content after the end mark.', 'Stop reading events at the mark; drain or close.'),
  'error-first': streamAnswer(
    'Status 200, and the first event is an error.',
    'Look at the first event before committing to the endpoint.',
  ),
  'error-mid': streamAnswer(
    'An error event in the middle.',
    'Show the error to the client; never cache the answer.',
    after(2),
  ),
  'overloaded-mid': streamAnswer(
    'An error event that says overloaded, in the middle: what would have been 529 (Anthropic) or 503.',
    'Nothing retries it for you, the status was 200: show the error to the client; never cache the answer.',
    after(2),
  ),
  'plain-error': streamAnswer(
    'An `event: error` whose data is not JSON, then the end.',
    'Treat the event type as the error, whatever the data.',
    after(1),
  ),
  'malformed-event': streamAnswer(
    'An event whose JSON breaks off.',
    'A broken event fails the stream, not the process.',
    after(1),
  ),
  'unknown-event': streamAnswer('An event of an unknown type.', 'Pass it on or skip it.', after(1)),
  comments: streamAnswer(
    'A keep-alive comment before every event.',
    `${LINES} Comments count as life for idle timeouts.`,
  ),
  'event-fields': streamAnswer('`id:` and `retry:` lines in every event.', LINES),
  'no-final-blank-line': streamAnswer(
    'The last event lacks its blank line.',
    'Dispatch what is complete at the end of the body, or say that it is cut.',
  ),
  crlf: streamAnswer('Lines end with CR LF.', LINES),
  cr: streamAnswer('Lines end with CR.', LINES),
  bom: streamAnswer('A byte order mark before the first event.', LINES),
  'multi-line-data': streamAnswer('Each JSON is spread over several `data:` lines.', LINES),
  'no-space': streamAnswer('`data:` without the space.', LINES),
  'zero-tokens': streamAnswer(
    'A proper stream without any content.',
    'An empty answer is legal; do not cache it, do not crash.',
  ),
  'null-content': streamAnswer('A delta whose `content` is null. Chat only.', 'Ignore null deltas.', after(1)),
  'out-of-order': streamAnswer(
    'Two neighbouring content events change places; `sequence_number` jumps.',
    'Check `sequence_number` where there is one.',
  ),
  'duplicate-event': streamAnswer('One content event twice.', 'Check `sequence_number` where there is one.'),
  'no-role': streamAnswer('No delta says `role`. Chat only.', 'Default to `assistant`.'),
  'no-usage': streamAnswer(
    'The usage that was asked for is missing.',
    'Count for yourself when it is missing; do not bill zero.',
  ),
  'empty-choices': streamAnswer(
    'A first chunk with `choices: []`, as Azure sends it. Chat and completions only.',
    'Skip chunks without choices; pass them on.',
  ),
  'giant-event': streamAnswer('One event of a megabyte.', 'Buffer up to a bound across reads.', {
    bytes: { default: 1_000_000, doc: 'it has more', most: 64_000_000 },
  }),
  'no-finish': streamAnswer('No `finish_reason`; no terminal event in a Responses stream.', INCOMPLETE),
  'response-failed': streamAnswer(
    '`response.failed` with no error event before it. Responses only.',
    'Terminal events are three: completed, incomplete, failed.',
    after(2),
  ),
  'response-incomplete': streamAnswer(
    '`response.incomplete`; `finish_reason` `content_filter` in chat.',
    'An incomplete answer is no success: show the reason, do not cache it.',
  ),
} as const satisfies FaultTable;
