import { Harness } from './harness.ts';
import { describeMachine } from './machine.ts';
import { MOCK_CASES, type MockCase } from './mock-cases.ts';
import { measureLoad, measureReady, measureUnread, type MockScale } from './mock-measure.ts';
import { renderMockCases, renderMockReport, renderMockSummary } from './mock-report.ts';
import type { MockResults } from './mock-results.ts';
import { mockLaunchers } from './mock-servers.ts';
import { writeReport } from './output.ts';

export interface MockRun {
  readonly quick: boolean;
  /** Empty: all of them, and what is measured beside them; the results are written. */
  readonly only: readonly string[];
}

const FULL: MockScale = { rounds: 7, total: 6_000, warm: 8_000, starts: 5 };
const QUICK: MockScale = { rounds: 2, total: 500, warm: 500, starts: 2 };

/** Measures the mock beside its floor and its peer. */
export async function benchMock({ quick, only }: MockRun): Promise<void> {
  const harness = await Harness.start();
  try {
    const all = only.length === 0;
    const results = await measured(
      harness,
      all ? MOCK_CASES : MOCK_CASES.filter(({ id }) => only.includes(id)),
      quick,
      all,
    );
    if (!all) return console.log(renderMockCases(results));
    const file = writeReport('mock-latest', quick, results, renderMockReport(results));
    console.log(`\n${renderMockSummary(results)}\n\nAll of it: ${file}`);
  } finally {
    await harness.stop();
  }
}

async function measured(
  harness: Harness,
  cases: readonly MockCase[],
  quick: boolean,
  all: boolean,
): Promise<MockResults> {
  const scale = quick ? QUICK : FULL;
  const launchers = mockLaunchers();
  const servers = {
    bare: await launchers.bare(),
    aimock: await launchers.aimock(),
    llmproxy: await launchers.llmproxy(),
  };
  const blank = { at: new Date().toISOString(), quick, machine: describeMachine(), ready: {}, unread: {} };
  try {
    const load = await measureLoad(harness, servers, cases, scale);
    if (!all) return { ...blank, ...load };
    const ready = await measureReady(launchers, scale.starts);
    return { ...blank, ...load, ready, unread: await measureUnread(harness, launchers) };
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }
}
