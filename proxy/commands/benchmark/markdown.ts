import { answered, costCell, previewOf, timeCell, tokensCell } from './cells.ts';
import type { BenchmarkFile } from './result-file.ts';
import { summaries, type Summary } from './statistics.ts';

/** A report in Markdown: for each prompt a table, bars of the median times and the beginnings of the answers; then the averages. */
export function markdownReport({ timestamp, results }: BenchmarkFile): string {
  const sections = [...results].map(([name, records]) => section(name, summaries(records)));
  const all = summaries([...results.values()].flat());
  return `# Benchmark\n\n${timestamp}\n\n${sections.join('')}## Averages\n\n${table(all)}\n${bars(all)}`;
}

function section(name: string, rows: readonly Summary[]): string {
  const previews = rows.map(
    (row) => `- **${escaped(row.provider)}** ${escaped(row.model)}: ${escaped(previewOf(row))}\n`,
  );
  return `## ${escaped(name)}\n\n${table(rows)}\n${bars(rows)}\n${previews.join('')}\n`;
}

function table(rows: readonly Summary[]): string {
  const head = [
    'Provider',
    'Model',
    'Answered',
    'Time p50',
    'Time p95',
    'First token p50',
    'First token p95',
    'Tokens',
    'Cost',
  ];
  const lines = rows.map((row) => [
    escaped(row.provider),
    escaped(row.model),
    `${row.succeeded}/${row.calls}`,
    ...[row.time, row.firstToken].flatMap((one) => [timeCell(one?.p50), timeCell(one?.p95)]),
    answered(row, ({ tokens }) => tokensCell(tokens)),
    answered(row, ({ meanCost }) => costCell(meanCost)),
  ]);
  return [head, head.map((_, column) => (column < 2 ? '---' : '---:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}

const WIDTH = 40;

/** Median times as lines of `#`, the slowest one the longest. */
function bars(rows: readonly Summary[]): string {
  const slowest = Math.max(...rows.map(({ time }) => time?.p50 ?? 0));
  const names = rows.map(({ provider, model }) => `${provider} ${model}`.replaceAll(/[`\p{Cc}]/gu, ' '));
  const widest = Math.max(0, ...names.map((name) => name.length));
  const lines = rows.map(({ time }, index) => {
    const length = time === undefined || slowest === 0 ? 0 : Math.max(1, Math.round((time.p50 / slowest) * WIDTH));
    const label = time === undefined ? 'failed' : timeCell(time.p50);
    return `${(names[index] ?? '').padEnd(widest)}  ${'#'.repeat(length).padEnd(WIDTH)}  ${label}\n`;
  });
  return `\`\`\`text\n${lines.join('')}\`\`\`\n`;
}

/** Answers are shown as they are, never as Markdown or HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|~!]/g, String.raw`\$&`).replaceAll('&', '&amp;');
}
