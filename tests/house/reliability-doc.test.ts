import { expect, test } from 'vitest';
import { verdictOf, type Expected } from '../../tools/reliability/verdict.ts';
import type { Exchange } from '../../tools/reliability/client.ts';
import { faultsOfPage, lineOf, linesIn, renderReliabilityDoc, type Row } from '../../tools/reliability/page.ts';
import { TABLES } from '../../tools/reliability/ways.ts';
import { FAULT_CATALOGUE } from '../../mocks/index.ts';
import { readSource } from './sources.ts';

test('each table of docs/reliability.md has one row for each fault, and no row says hang, silent or stored', () => {
  expect(faultsOfPage(readSource('docs/reliability.md')), 'run `npm run docs:reliability -- NAME`').toEqual([]);
});

const [TABLE] = TABLES;
const ROWS: readonly Row[] = FAULT_CATALOGUE.map(({ name }) => ({ name, cells: [{ words: 'answer', waitedMs: 10 }] }));

/** A page whose first table has these rows, and the others all. */
function pageOf(rows: readonly Row[]): string {
  return renderReliabilityDoc((table) => (table === TABLE ? rows : ROWS).map(lineOf));
}

test('a page with a row too few, too many, twice, or with a bad word is found wrong', () => {
  const bad = (words: string): Row => ({ name: 'hang', cells: [{ words, waitedMs: 1 }] });
  const others = ROWS.filter(({ name }) => name !== 'hang');
  const [first] = ROWS;
  expect(faultsOfPage(pageOf(ROWS))).toEqual([]);
  expect(faultsOfPage(pageOf(others))).toEqual([`${TABLE!.id}: hang has no row`]);
  expect(faultsOfPage(pageOf([...ROWS, { name: 'gone', cells: [] }]))).toEqual([
    `${TABLE!.id}: gone is not in the catalogue`,
  ]);
  expect(faultsOfPage(pageOf([...ROWS, first!]))).toEqual([`${TABLE!.id}: ${first!.name} has two rows`]);
  for (const words of ['hang', 'silent end', 'other content, stored']) {
    expect(faultsOfPage(pageOf([...others, bad(words)]))).toHaveLength(1);
  }
});

test('the rows of a page can be read from it', () => {
  for (const table of TABLES) expect([...linesIn(pageOf(ROWS), table).values()]).toEqual(ROWS.map(lineOf));
});

const EXPECTED: Expected = { shape: 'chat', stream: true, text: 'Hi', healthy: 'm/healthy' };
const WHOLE = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n';

function seen(body: string, more: Partial<Exchange> = {}): Exchange {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'x-llmproxy-endpoint': 'm/faulty' },
    body,
    ending: 'whole',
    tookMs: 1,
    ...more,
  };
}

test.each<[string, Exchange, string]>([
  ['the whole answer', seen(`${WHOLE}data: [DONE]\n\n`), 'answer'],
  ['what comes after its end', seen(`${WHOLE}data: [DONE]\n\n${WHOLE}`), 'answer'],
  ['a stream without an end', seen(WHOLE), 'silent end'],
  ['a cut', seen(WHOLE, { ending: 'cut' }), 'silent cut'],
  ['no end at all', seen(WHOLE, { ending: 'hang' }), 'hang'],
  ['other content', seen(`${WHOLE}${WHOLE}data: [DONE]\n\n`), 'other content'],
  ['no content', seen('data: [DONE]\n\n'), 'empty answer'],
  ['half an event', seen(`${WHOLE}data: {"cho\n\ndata: [DONE]\n\n`), 'malformed event relayed'],
  [
    'an error event',
    seen(`${WHOLE}data: {"error":{"code":"stream_interrupted"}}\n\n`, { ending: 'cut' }),
    'error event stream_interrupted',
  ],
  [
    'an error of the proxy',
    seen('{"error":{"code":"upstream_failed"}}', { status: 502, headers: {} }),
    '502 upstream_failed',
  ],
  [
    'an error of the endpoint',
    seen('{"error":{"type":"server_error","code":null}}', {
      status: 500,
      headers: { 'x-llmproxy-endpoint': 'm/faulty' },
    }),
    '500 server_error of the endpoint',
  ],
])('the reader of exchanges knows %s', (_what, exchange, words) => {
  expect(verdictOf(exchange, EXPECTED).words).toBe(words);
});

const TEXT_EVENT =
  'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}}\n\n';
const STOP_EVENT = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
const FAILED = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
const CHUNK = 'data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}\r\n\r\n';
const LAST = 'data: {"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}]}\r\n\r\n';
const OURS =
  '{"error":{"code":502,"status":"UNAVAILABLE","details":[{"reason":"STREAM_INTERRUPTED","domain":"llmproxy"}]}}';

test.each<[Expected['shape'], string, Exchange, string]>([
  ['messages', 'the whole answer', seen(TEXT_EVENT + STOP_EVENT), 'answer'],
  ['messages', 'a stream without an end', seen(TEXT_EVENT), 'silent end'],
  [
    'messages',
    'an error',
    seen(`${TEXT_EVENT}event: error\ndata: ${FAILED}\n\n`),
    'error event overloaded_error of the endpoint',
  ],
  ['messages', 'an error that the SDK does not see', seen(`${TEXT_EVENT}data: ${FAILED}\n\n`), 'silent end'],
  ['messages', 'an error body', seen(FAILED, { status: 529 }), '529 overloaded_error of the endpoint'],
  ['gemini', 'the whole answer', seen(CHUNK + LAST), 'answer'],
  ['gemini', 'what comes after its end', seen(CHUNK + LAST + CHUNK), 'other content'],
  ['gemini', 'a stream without an end', seen(CHUNK), 'silent end'],
  ['gemini', 'a cut behind the end', seen(CHUNK + LAST, { ending: 'cut' }), 'silent cut'],
  ['gemini', 'an error of the proxy', seen(`${CHUNK}data: ${OURS}\r\n\r\n`), 'error event stream_interrupted'],
  [
    'gemini',
    'an error body in an array',
    seen('[{"error":{"code":500,"status":"INTERNAL"}}]', { status: 500 }),
    '500 INTERNAL of the endpoint',
  ],
])('the reader of %s knows %s', (shape, _what, exchange, words) => {
  expect(verdictOf(exchange, { ...EXPECTED, shape }).words).toBe(words);
});
