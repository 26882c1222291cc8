import { aligned, cellText } from '../text-table.ts';
import { answered, costCell, previewOf, timeCell, tokensCell } from './cells.ts';
import type { BenchmarkResults } from './record.ts';
import { summaries, type Summary } from './statistics.ts';

/** What a person reads: for each prompt a table and the beginnings of the answers, then the averages. */
export function consoleText(results: BenchmarkResults): string {
  const sections = [...results].map(([name, records]) => {
    const rows = summaries(records);
    const previews = rows.map((row) => `  ${cellText(row.provider)} ${cellText(row.model)}: ${previewOf(row)}\n`);
    return `${name}\n${promptTable(rows)}${previews.join('')}\n`;
  });
  return `${sections.join('')}Averages\n${averages(summaries([...results.values()].flat()))}`;
}

/** Columns of text before the numbers. */
const NAMES = 2;

function promptTable(rows: readonly Summary[]): string {
  const isRepeated = rows.some(({ calls }) => calls > 1);
  const head = ['Provider', 'Model', isRepeated ? 'Time p50' : 'Time', 'First token', 'Tokens', 'Cost'];
  const lines = rows.map((row) => [
    cellText(row.provider),
    cellText(row.model),
    row.time === undefined ? 'failed' : timeCell(row.time.p50),
    timeCell(row.firstToken?.p50),
    answered(row, ({ tokens }) => tokensCell(tokens)),
    answered(row, ({ meanCost }) => costCell(meanCost)),
    ...(isRepeated ? [timeCell(row.time?.p95), `${row.succeeded}/${row.calls}`] : []),
  ]);
  return table([[...head, ...(isRepeated ? ['Time p95', 'Answered'] : [])], ...lines]);
}

function averages(rows: readonly Summary[]): string {
  const head = ['Provider', 'Model', 'Answered', 'Time', 'p50', 'p95', 'First token', 'p50', 'p95'];
  const lines = rows.map((row) => [
    cellText(row.provider),
    cellText(row.model),
    `${row.succeeded}/${row.calls}`,
    ...[row.time, row.firstToken].flatMap((one) => [timeCell(one?.mean), timeCell(one?.p50), timeCell(one?.p95)]),
    answered(row, ({ tokens }) => tokensCell(tokens)),
    answered(row, ({ meanCost }) => costCell(meanCost)),
    answered(row, ({ totalCost }) => costCell(totalCost)),
  ]);
  return table([[...head, 'Tokens', 'Cost', 'All calls'], ...lines]);
}

function table(rows: readonly (readonly string[])[]): string {
  return aligned(rows, (_cell, column) => column >= NAMES);
}
