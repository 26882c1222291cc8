import { CASES } from './cases.ts';
import { verdict } from './checks.ts';
import { comparisons, outcome } from './comparison.ts';
import { FIGURES, type FigureId } from './figures/ids.ts';
import { figure, median, type CaseId, type Results, type Series, type StoredKeys } from './results.ts';
import type { ServerName } from './servers.ts';
import { addedFirst, TARGETS } from './targets.ts';

/** The results as Markdown: targets, what is lost and won, then what was measured. */
export function renderReport(results: Results): string {
  return [
    '# Benchmark',
    '',
    `${results.at}${results.quick ? ', quick run: it proves that the rows work and measures nothing' : ''} · ${results.rounds} rounds · ` +
      `${results.minutes} minutes · ${Object.entries(results.machine)
        .map(([name, value]) => `${name}: ${value}`)
        .join(' · ')}`,
    '',
    'CPU is the time of the server’s whole process tree, user and system, in µs per request or stream: median of the',
    'rounds (least–most). It drifts between runs: compare within one table. Each case has processes of its own, which are warmed until two',
    'windows agree; rounds interleave the servers. `floor` copies bytes between two sockets, `relay` is `node:http` + undici and nothing',
    'else, `middleware` is http-proxy-middleware. llmproxy and nginx write an access line of JSON for each request, the others do not. What',
    'upstream was asked is counted: a hit that reached it, or a miss that did not, makes its row an error.',
    '',
    '## Targets',
    '',
    ...targetTable(results),
    '',
    'Those of the mock: [mock-latest.md](mock-latest.md).',
    '',
    ...comparisonTable(results),
    renderCases(results),
    '',
    ...streamTable(results),
    renderFigures(results),
    renderGaps(results),
    ...noteList(results),
  ].join('\n');
}

function noteList({ notes, unsteady }: Results): string[] {
  const all = unsteady.length === 0 ? notes : [...notes, `Not steady when the rounds began: ${unsteady.join(', ')}.`];
  return all.length === 0 ? [] : ['## Notes', '', ...all.map((note) => `- ${note}`), ''];
}

function count(values: readonly string[], value: string): number {
  return values.filter((one) => one.startsWith(value)).length;
}

function targetTable(results: Results): string[] {
  const verdicts: string[] = [];
  const rows = TARGETS.flatMap(({ id, path, checks }) =>
    checks(results).map((one, index) => {
      verdicts.push(verdict(one));
      return `| ${index === 0 ? id : ''} | ${index === 0 ? path : ''} | ${one.text} | ${one.value} | ${verdict(one)} |`;
    }),
  );
  const sums = (['met', 'missed', 'skipped', 'error'] as const).map((word) => `${count(verdicts, word)} ${word}`);
  return [`${sums.join(', ')}.`, '', '| id | path | target | measured | |', '|---|---|---|--:|---|', ...rows];
}

function comparisonTable(results: Results): string[] {
  const all = comparisons(results);
  const words = all.map(outcome);
  const rows = all.map((one) => {
    const cells = [one.id, one.ours, one.other, one.cpu.toFixed(2), one.slow.toFixed(2), outcome(one)];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '## Lost and won',
    '',
    `CPU of the proxy ÷ CPU of a peer in the same case, the worst first: ${count(words, 'lost')} lost, ${count(words, 'even')} even (within 3 %), ` +
      `${count(words, 'won')} won. p99 is the time to the last byte.`,
    '',
    '| case | ours | against | CPU ÷ | p99 ÷ | |',
    '|---|---|---|--:|--:|---|',
    ...rows,
    '',
  ];
}

/** The tables of the cases that were run. */
export function renderCases(results: Results): string {
  return CASES.filter(({ id }) => results.cases[id] !== undefined)
    .flatMap(({ id, title }) => caseTable(results, id, title))
    .join('\n');
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

function streamTable(results: Results): string[] {
  const servers = Object.keys(results.memory) as ServerName[];
  const rows = servers.map((server) => {
    const added = addedFirst(results, server);
    const cells = [
      server,
      ((results.memory[server] ?? 0) / 1_000).toFixed(1),
      results.vanished[server] ?? '',
      typeof added === 'number' ? added.toFixed(2) : '',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '## Open streams, vanished clients, first event',
    '',
    '| server | KB per open stream | upstream streams 1 s after 20 clients vanished | ms added to the first event |',
    '|---|--:|--:|--:|',
    ...rows,
    '',
  ];
}

/** What was measured of the proxy alone. */
export function renderFigures(results: Results): string {
  const ids = (Object.keys(FIGURES) as FigureId[]).filter((id) => results.figures[id] !== undefined);
  const { drift, keys } = results;
  const lines = [
    ...(drift.residentMiB.length === 0
      ? []
      : [`- Resident MiB over ${drift.requests} mixed requests, each tenth: ${drift.residentMiB.join(', ')}.`]),
    ...(keys.startMs.length === 0 ? [] : [renderKeys(keys)]),
  ];
  if (ids.length === 0 && lines.length === 0) return '';
  const rows = ids.map((id) => `| ${FIGURES[id].title} | ${range(results.figures[id] ?? [])} | ${FIGURES[id].unit} |`);
  return [
    '## The proxy alone',
    '',
    ...(rows.length === 0 ? [] : ['| what | median (least–most) | |', '|---|--:|---|', ...rows, '']),
    ...lines,
    '',
  ].join('\n');
}

/** What has no number, and why: errors first, what has the same reason in one row. */
export function renderGaps({ gaps }: Pick<Results, 'gaps'>): string {
  if (gaps.length === 0) return '';
  const groups = Map.groupBy(gaps, ({ kind, reason }) => `${kind} | ${reason.replaceAll('|', '\\|')}`);
  const rows = [...groups]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([why, group]) => `| ${group.map(({ what }) => what).join(', ')} | ${why} |`);
  return ['## Without a number', '', '| what | | why |', '|---|---|---|', ...rows, ''].join('\n');
}

/** One line of the list of what the proxy alone does. */
function renderKeys(stored: StoredKeys): string {
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
    checks(results).map((one) =>
      [id.padEnd(3), path.slice(0, 44).padEnd(44), one.text.padEnd(50), one.value.padStart(10), verdict(one)].join(' '),
    ),
  ).join('\n');
}
