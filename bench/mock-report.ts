import { atLeast, atMost, type Check, known, verdict } from './checks.ts';
import { MOCK_CASES } from './mock-cases.ts';
import { cpuOf, type MockCaseId, type MockResults, type MockServerName } from './mock-results.ts';
import { range } from './report.ts';
import { median, type Series } from './results.ts';

interface MockTarget {
  readonly what: string;
  readonly checks: readonly Check[];
}

/** The targets of the mock, with what was measured. */
export function mockTargets(results: MockResults): MockTarget[] {
  const cases = MOCK_CASES.map(({ id, title, limit }) => {
    const [ours, theirs] = [cpuOf(results, id, 'llmproxy'), cpuOf(results, id, 'aimock')];
    const ratio = ours === undefined || theirs === undefined ? undefined : theirs / ours;
    return {
      what: title,
      checks: [atMost('CPU', known(ours), limit, ' µs'), atLeast('aimock ÷ ours', known(ratio), 1)],
    };
  });
  const ready = results.ready.llmproxy;
  return [
    ...cases,
    { what: 'command line, start to ready', checks: [atMost('ours', known(ready && median(ready)), 300, ' ms')] },
    { what: 'memory under load, peak', checks: [atMost('ours', known(results.peakMiB.llmproxy), 100, ' MiB')] },
    {
      what: 'a stream of more than 50 MB that is not read',
      checks: [
        atLeast('stream', known(results.unread.llmproxy?.streamMiB), 47.7, ' MiB'),
        atMost('ours', known(results.unread.llmproxy?.residentMiB), 20, ' MiB'),
      ],
    },
  ];
}

/** The results as Markdown: the targets first, then what was measured. */
export function renderMockReport(results: MockResults): string {
  const machine = Object.entries(results.machine).map(([name, value]) => `${name}: ${value}`);
  const targets = mockTargets(results).flatMap(({ what, checks }) =>
    checks.map((one, index) => `| ${index === 0 ? what : ''} | ${one.text} | ${one.value} | ${verdict(one)} |`),
  );
  return [
    '# Benchmark of the mock',
    '',
    `${results.at}${results.quick ? ', quick run' : ''} · ${machine.join(' · ')}`,
    '',
    'CPU is the time of the process, user and system, in µs per request or stream: median of the rounds (least–most).',
    'It drifts between runs: compare within one table. `bare` is `node:http` that parses the request and answers with fixed',
    'bytes; `aimock` is @copilotkit/aimock with a fixture for the same answer in ten pieces.',
    '',
    '## Targets',
    '',
    '| what | target | measured | |',
    '|---|---|--:|---|',
    ...targets,
    '',
    renderMockCases(results),
    '',
    '## Start and memory',
    '',
    '| mock | ready ms | peak MiB under load | MiB for an unread stream (its length) |',
    '|---|--:|--:|--:|',
    ...(['aimock', 'llmproxy'] as const).map((name) => memoryRow(results, name)),
    '',
  ].join('\n');
}

function memoryRow({ ready, peakMiB, unread }: MockResults, name: MockServerName): string {
  const stream = unread[name];
  const cells = [
    name,
    range(ready[name] ?? []),
    peakMiB[name] ?? 'n/a',
    stream === undefined ? 'n/a' : `${stream.residentMiB} (${stream.streamMiB})`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The tables of the cases that were run. */
export function renderMockCases(results: MockResults): string {
  return MOCK_CASES.filter(({ id }) => results.cases[id] !== undefined)
    .map(({ id, title }) => caseTable(results, id, title))
    .join('\n\n');
}

function caseTable(results: MockResults, id: MockCaseId, title: string): string {
  const bare = cpuOf(results, id, 'bare');
  const rows = (Object.entries(results.cases[id] ?? {}) as [MockServerName, Series][]).map(([name, series]) => {
    const cpu = cpuOf(results, id, name);
    const times = cpu === undefined || bare === undefined ? '' : (cpu / bare).toFixed(2);
    const cells = [name, range(series.cpu), times, range(series.last), Math.round(median(series.rate))];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `## ${title}`,
    '',
    '| mock | CPU µs | × bare | last byte p50 µs | per second |',
    '|---|--:|--:|--:|--:|',
    ...rows,
  ].join('\n');
}

/** The target table for a terminal. */
export function renderMockSummary(results: MockResults): string {
  return mockTargets(results)
    .flatMap(({ what, checks }) =>
      checks.map((one) => [what.padEnd(46), one.text.padEnd(24), one.value.padStart(12), verdict(one)].join(' ')),
    )
    .join('\n');
}
