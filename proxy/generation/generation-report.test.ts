import { expect, test } from 'vitest';
import type { Outcome } from '../core/outcome.ts';
import type { AttemptEnd } from './attempt.ts';
import { endpoint, FakeUpstream, generationRequest, tools } from './generation.fixture.ts';
import { GenerationReport } from './generation-report.ts';
import type { OpaqueRequest } from './opaque-request.ts';

const OK: AttemptEnd = { outcome: { kind: 'ok', status: 200 }, committed: true };
const FAILED: AttemptEnd = { outcome: { kind: 'refused' }, committed: false };

const A = endpoint('a');

function build(opaque?: Partial<OpaqueRequest>) {
  const { tools: parts, clock, reports } = tools(new FakeUpstream());
  // A process has been running for a while when a generation begins.
  clock.advance(5_000);
  const whole = {
    family: 'images',
    model: 'm',
    api: 'openai' as const,
    inQuery: [],
    body: undefined,
    fresh: false,
    ...opaque,
  };
  const request = { ...generationRequest(), ...(opaque ? { opaque: whole } : {}) };
  return { report: new GenerationReport({ request, clock, telemetry: parts.telemetry }), clock, reports };
}

test('times count from the beginning of the generation, the first event once', () => {
  const { report, clock, reports } = build();
  report.asked(endpoint('a'));
  clock.advance(30);
  report.firstEvent();
  clock.advance(30);
  report.firstEvent();
  report.ended(OK, A, []);
  clock.advance(40);
  report.book();
  expect(reports.generations).toMatchObject([{ ms: 100, ttftMs: 30, attempts: 1, outcome: 'ok', status: 200 }]);
});

test('a generation is booked once, and not before an attempt of it has ended', () => {
  const { report, reports } = build();
  report.book();
  report.asked(endpoint('a'));
  report.book();
  expect(reports.generations).toEqual([]);
  report.ended(FAILED, A, []);
  report.asked(endpoint('b'));
  report.ended(OK, endpoint('b'), []);
  report.book();
  report.book();
  expect(reports.generations).toMatchObject([{ endpoint: 'm/b', attempts: 2, outcome: 'ok' }]);
  expect(reports.attempts).toEqual(['m/a refused', 'm/b ok']);
});

test('what an attempt threw is logged, and nothing where none was', () => {
  const { report, reports } = build();
  report.asked(endpoint('a'));
  report.ended(FAILED, A, []);
  expect(reports.faults).toEqual([]);
  const fault = new Error('made up');
  const outcome: Outcome = { kind: 'proxy_fault' };
  report.ended({ outcome, committed: false, fault }, A, []);
  expect(reports.faults).toEqual([fault]);
});

test.each([
  ['that names a model is booked under its family', 'm', ['images']],
  ['without a model generates nothing', undefined, []],
])('a request on a route that is not interpreted %s', (_what, model, operations) => {
  const { report, reports } = build({ model });
  report.asked(endpoint('a'));
  report.ended(OK, A, []);
  report.book();
  expect(reports.generations.map(({ operation }) => operation)).toEqual(operations);
});
