import type { FaultTable } from './row.ts';
import { anyAnswer, jsonAnswer, milliseconds, streamAnswer } from './row.ts';

const READS = 'Reads have nothing to do with events: buffer until the blank line.';
const APART = 'before each read; clients gather what comes at once';
const ENCODED = 'Ask for `identity`, and decode what comes all the same.';
const FAILED = 'A framing error is a failed attempt: retry if nothing was delivered, never reuse the connection.';

/** The faults that a client meets in the bytes that carry an answer. */
export const BYTES_ROWS = {
  'cut-at-byte': anyAnswer(
    'So many bytes of the body, then the end of the connection.',
    'Never hand on half an event as a whole one.',
    {
      at: { default: 20, doc: 'bytes of the body' },
    },
  ),
  'split-utf8': anyAnswer(
    'A read ends inside a UTF-8 character.',
    'Decode with a decoder that keeps its state between reads.',
    milliseconds(1, APART),
  ),
  'invalid-utf8': anyAnswer(
    'A byte that is no UTF-8 inside a text.',
    'Pass bytes on untouched, or refuse; do not replace silently.',
  ),
  'one-byte': anyAnswer('Every read is one byte.', READS, milliseconds(0, APART)),
  ragged: anyAnswer('Reads of random sizes.', READS, {
    most: { default: 7, doc: 'bytes in a read' },
    ...milliseconds(0, APART),
  }),
  'per-event': streamAnswer(
    'Every event in a read of its own.',
    'Read until the end; one read is not the answer.',
    milliseconds(1, APART),
  ),
  coalesced: streamAnswer('All events in one read, whatever the pace.', READS),
  gzip: anyAnswer('The body compressed with gzip although it was not asked for.', ENCODED),
  br: anyAnswer('The body compressed with Brotli although it was not asked for.', ENCODED),
  deflate: anyAnswer('The body compressed with deflate although it was not asked for.', ENCODED),
  'gzip-cut': anyAnswer('A gzip body that ends too early, in proper framing.', 'A decoder error is a failed attempt.'),
  'gzip-lie': anyAnswer('`content-encoding: gzip` over a plain body.', 'A decoder error is a failed attempt.'),
  'length-long': anyAnswer('`content-length` promises more than comes.', FAILED, {
    by: { default: 10, doc: 'bytes too many' },
  }),
  'length-short': anyAnswer('`content-length` promises less than comes.', FAILED, {
    by: { default: 10, doc: 'bytes too few' },
  }),
  'length-conflict': anyAnswer('Two `content-length` headers that differ.', FAILED),
  'chunk-extension': anyAnswer('Chunk sizes with extensions.', 'Ignore chunk extensions (RFC 9112, section 7.1.1).'),
  'chunk-invalid': anyAnswer('A chunk size that is no number.', FAILED),
  'chunk-trailer': anyAnswer(
    'A trailer after the last chunk.',
    'Read trailers to their blank line; do not merge them into the head.',
  ),
  'until-close': anyAnswer(
    'Neither length nor chunks: the body ends with the connection.',
    'Legal (RFC 9112, section 6.3), but its end proves nothing: look for the end mark.',
  ),
  'until-close-cut': jsonAnswer(
    'As `until-close`, and it ends too early.',
    'A body that cannot be parsed is a failed attempt.',
    {
      percent: { default: 50, doc: 'of the body that comes', most: 99 },
    },
  ),
  'slow-headers': anyAnswer(
    'The head comes byte by byte.',
    'Bound the time to the whole head, not to its first byte.',
    milliseconds(100, 'between two bytes'),
  ),
  'bad-status-line': anyAnswer('A status line that is none.', FAILED),
} as const satisfies FaultTable;
