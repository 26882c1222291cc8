import { CASES } from './cases.ts';
import { figure, median, type CaseId, type Results, type Series, type StoredKeys } from './results.ts';
import type { ServerName } from './servers.ts';
import { addedFirst, TARGETS } from './targets.ts';

export const MARK = { true: 'met', false: 'missed', undefined: '–' } as const;

/** The results as Markdown: the targets first, then what was measured. */
export function renderReport(results: Results): string {
  return [
    '# Benchmark',
    '',
    `${results.at}${results.quick ? ', quick run' : ''} · ${Object.entries(results.machine)
      .map(([name, value]) => `${name}: ${value}`)
      .join(' · ')}`,
    '',
    'CPU is the time of the server’s whole process tree, user and system, in µs per request or stream: median of the',
    'rounds (least–most). It drifts between runs: compare within one table. `floor` copies bytes between two sockets,',
    '`relay` is `node:http` + undici and nothing else, `middleware` is http-proxy-middleware.',
    '',
    '## Targets',
    '',
    ...targetTable(results),
    '',
    renderCases(results),
    '',
    ...otherTables(results),
    ...(results.notes.length === 0 ? [] : ['## Notes', '', ...results.notes.map((note) => `- ${note}`), '']),
  ].join('\n');
}

/** The tables of the cases that were run. */
export function renderCases(results: Results): string {
  return CASES.filter(({ id }) => results.cases[id] !== undefined)
    .flatMap(({ id, title }) => caseTable(results, id, title))
    .join('\n');
}

function targetTable(results: Results): string[] {
  const rows = TARGETS.flatMap(({ id, path, checks }) =>
    checks(results).map(
      ({ text, value, met }, index) =>
        `| ${index === 0 ? id : ''} | ${index === 0 ? path : ''} | ${text} | ${value} | ${MARK[`${met}`]} |`,
    ),
  );
  return ['| id | path | target | measured | |', '|---|---|---|--:|---|', ...rows];
}

function caseTable(results: Results, id: CaseId, title: string): string[] {
  const measured = Object.entries(results.cases[id] ?? {}) as [ServerName, Series][];
  const floor = figure(results, id, 'floor');
  const rows = measured.map(([server, series]) => {
    const cpu = figure(results, id, server);
    const times = cpu === undefined || floor === undefined || server === 'direct' ? '' : (cpu / floor).toFixed(2);
    const cells = [
      server,
      server === 'direct' ? '' : range(series.cpu),
      times,
      range(series.first),
      range(series.last),
      Math.round(median(series.slow)),
      Math.round(median(series.rate)),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `## ${title}`,
    '',
    '| server | CPU µs | × floor | first byte p50 µs | last byte p50 µs | p99 µs | per second |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...rows,
    '',
  ];
}

function otherTables(results: Results): string[] {
  const servers = Object.keys(results.memory) as ServerName[];
  const rows = servers.map((server) => {
    const added = addedFirst(results, server);
    return `| ${server} | ${((results.memory[server] ?? 0) / 1_000).toFixed(1)} | ${results.vanished[server] ?? ''} | ${added?.toFixed(2) ?? ''} |`;
  });
  const { follow, drift, start, keys } = results;
  return [
    '## Open streams, vanished clients, first event',
    '',
    '| server | KB per open stream | upstream streams 1 s after 20 clients vanished | ms added to the first event |',
    '|---|--:|--:|--:|',
    ...rows,
    '',
    '## The proxy alone',
    '',
    `- ${follow.clients} equal streams at once: ${follow.upstream} upstream, ${follow.cpuPerClient.toFixed(0)} µs CPU each.`,
    `- Resident MiB over ${drift.requests} mixed requests, each tenth: ${drift.residentMiB.join(', ')}.`,
    `- Ready after ${median(start.bare)} ms with one endpoint, ${median(start.bundled)} ms with the bundled mocks.`,
    renderKeys(keys),
    '',
  ];
}

/** One line of the list of what the proxy alone does. */
export function renderKeys(stored: StoredKeys): string {
  const { keys, teams, startMs, emptyStartMs, residentMiB, emptyMiB, listMs } = stored;
  return (
    `- With ${keys} virtual keys: ready after ${range(startMs)} ms (without keys: ${range(emptyStartMs)} ms), ` +
    `${residentMiB} MiB resident (without: ${emptyMiB} MiB); the list of ${teams} teams took ${range(listMs)} ms.`
  );
}

/** Median (least–most). */
export function range(values: readonly number[]): string {
  if (values.length === 0) return 'n/a';
  const digits = median(values) >= 100 ? 0 : 1;
  const text = (value: number): string => value.toFixed(digits);
  return `${text(median(values))} (${text(Math.min(...values))}–${text(Math.max(...values))})`;
}

/** The target table for a terminal. */
export function renderSummary(results: Results): string {
  return TARGETS.flatMap(({ id, path, checks }) =>
    checks(results).map(({ text, value, met }) =>
      [id.padEnd(3), path.padEnd(44), text.padEnd(46), value.padStart(12), MARK[`${met}`]].join(' '),
    ),
  ).join('\n');
}
