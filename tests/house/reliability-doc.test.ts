import { expect, test } from 'vitest';
import { verdictOf, type Expected } from '../../tools/reliability/verdict.ts';
import type { Exchange } from '../../tools/reliability/client.ts';
import { faultsOfPage, renderReliabilityDoc, type Row } from '../../tools/reliability/page.ts';
import { WAYS } from '../../tools/reliability/play.ts';
import { FAULT_CATALOGUE } from '../../mocks/index.ts';
import { readSource } from './sources.ts';

test('docs/reliability.md has one row for each fault of the catalogue, and no row says hang, silent or stored', () => {
  expect(faultsOfPage(readSource('docs/reliability.md')), 'run `npm run docs:reliability`').toEqual([]);
});

const ROWS: readonly Row[] = FAULT_CATALOGUE.map(({ name }) => ({
  name,
  cells: WAYS.map(() => ({ words: 'other endpoint', waitedMs: 10 })),
}));

test('a page with a row too few, too many, twice, or with a bad word is found wrong', () => {
  const bad = (words: string): Row => ({ name: 'hang', cells: [{ words, waitedMs: 1 }] });
  const others = ROWS.filter(({ name }) => name !== 'hang');
  const [first] = ROWS;
  expect(faultsOfPage(renderReliabilityDoc(ROWS))).toEqual([]);
  expect(faultsOfPage(renderReliabilityDoc(others))).toEqual(['hang has no row']);
  expect(faultsOfPage(renderReliabilityDoc([...ROWS, { name: 'gone', cells: [] }]))).toEqual([
    'gone is not in the catalogue',
  ]);
  expect(faultsOfPage(renderReliabilityDoc([...ROWS, first!]))).toEqual([`${first!.name} has two rows`]);
  for (const words of ['hang', 'silent end', 'other content, stored']) {
    expect(faultsOfPage(renderReliabilityDoc([...others, bad(words)]))).toHaveLength(1);
  }
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
