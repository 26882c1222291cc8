import { expect, test } from 'vitest';
import { ANSWER, MOCK_CASES } from '../../bench/mock-cases.ts';
import { textIn } from '../../bench/mock-measure.ts';
import { mockTargets, renderMockReport } from '../../bench/mock-report.ts';
import type { MockResults } from '../../bench/mock-results.ts';
import { emptySeries, type Series } from '../../bench/results.ts';

function series(cpu: number): Series {
  return { ...emptySeries(), cpu: [cpu], last: [1], rate: [1] };
}

function resultsWith(ours: number, theirs: number): MockResults {
  const one = { bare: series(20), aimock: series(theirs), llmproxy: series(ours) };
  return {
    at: '2026-01-01T00:00:00Z',
    quick: false,
    machine: {},
    cases: { 'mock-chat': one, 'mock-chat-stream': one, 'mock-responses': one, 'mock-responses-stream': one },
    ready: { llmproxy: [250, 260, 270], aimock: [100] },
    peakMiB: { llmproxy: 90 },
    unread: { llmproxy: { streamMiB: 60, residentMiB: 25 } },
  };
}

test('the text of an answer is read from every form it is measured in', () => {
  const forms = [
    '{"choices":[{"message":{"content":"ab"}}]}',
    'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\ndata: {"choices":[{"delta":{"content":"ab"}}]}\n\ndata: [DONE]\n\n',
    '{"output":[{"type":"message","content":[{"type":"output_text","text":"ab"}]}]}',
    'event: x\ndata: {"type":"x","delta":"a"}\n\nevent: x\ndata: {"type":"x","delta":"b"}\n\n',
  ];
  expect(forms.map(textIn)).toEqual(['ab', 'ab', 'ab', 'ab']);
});

test('every request of the mock is unique and asks for the answer that is compared', () => {
  for (const { request } of MOCK_CASES) {
    const bytes = Buffer.from(request.bytes, 'base64').toString('latin1');
    expect(bytes.slice(request.offset, request.offset + 12)).toBe('@'.repeat(12));
    expect(bytes).toContain(ANSWER.replace('Mock response to: ', ''));
  }
});

test('a target of the mock is missed by its limit or by its peer', () => {
  const met = (ours: number, theirs: number): unknown =>
    mockTargets(resultsWith(ours, theirs)).map(({ checks }) => checks.map((check) => check.met));
  expect(met(40, 60)).toEqual([[true, true], [true, true], [true, true], [true, true], [true], [true], [true, false]]);
  expect(met(55, 50)).toEqual([
    [false, false],
    [true, false],
    [false, false],
    [true, false],
    [true],
    [true],
    [true, false],
  ]);
});

test('the report says what was not measured', () => {
  const report = renderMockReport({ ...resultsWith(40, 60), unread: {}, cases: {} });
  expect(report).toContain('| chat | CPU ≤ 50 µs | – | skipped: not run |');
});
