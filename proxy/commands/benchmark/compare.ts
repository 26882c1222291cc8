import type { NanoUsd } from '../../core/money.ts';
import { aligned, cellText } from '../text-table.ts';
import { costCell, timeCell, tokensCell } from './cells.ts';
import { jsonUsd, nameOf, type Target } from './record.ts';
import type { BenchmarkFile } from './result-file.ts';
import { summaries, type Summary } from './statistics.ts';

/** One model and one prompt in both files; undefined where a file does not have it. */
interface Row extends Target {
  readonly prompt: string;
  readonly a: Summary | undefined;
  readonly b: Summary | undefined;
}

export interface Compared {
  readonly name: string;
  readonly file: BenchmarkFile;
}

/** A table of what changed from the first file to the second: medians of times, means of tokens and costs. */
export function comparisonText(a: Compared, b: Compared): string {
  const lines = rowsOf(a.file, b.file).map((row) => [
    cellText(row.prompt),
    cellText(row.provider),
    cellText(row.model),
    ...pair(row, timeOf, (time) => timeCell(time ?? undefined)),
    ...pair(row, firstOf, (time) => timeCell(time ?? undefined)),
    ...pair(row, tokensOf, cellOr(tokensCell)),
    ...pair(row, costOf, cellOr(costCell)),
    `${countOf(row.a)} → ${countOf(row.b)}`,
  ]);
  const columns = ['Time', 'First token', 'Tokens', 'Cost'].flatMap((name) => [`${name} A`, `${name} B`, 'Change']);
  const table = aligned(
    [['Prompt', 'Provider', 'Model', ...columns, 'Answered'], ...lines],
    (_cell, column) => column > 2,
  );
  const names = [a, b].map(
    ({ name, file }, index) => `${index === 0 ? 'A' : 'B'}: ${name} (${cellText(file.timestamp)})\n`,
  );
  return `${names.join('')}\n${table}`;
}

/** The same as JSON. `change` is in percent, null where either side is unknown. */
export function comparisonJson(a: Compared, b: Compared): string {
  const side = (summary: Summary | undefined): object | null =>
    summary === undefined
      ? null
      : {
          calls: summary.calls,
          succeeded: summary.succeeded,
          response_time_p50: timeOf(summary),
          time_to_first_token_p50: firstOf(summary),
          total_tokens: tokensOf(summary),
          total_cost: jsonUsd(costOf(summary)),
        };
  const rows = rowsOf(a.file, b.file).map((row) => ({
    prompt: row.prompt,
    provider: row.provider,
    model: row.model,
    a: side(row.a),
    b: side(row.b),
    change: {
      response_time: changeOf(row, timeOf),
      time_to_first_token: changeOf(row, firstOf),
      total_tokens: changeOf(row, tokensOf),
      total_cost: changeOf(row, costOf),
    },
  }));
  const head = ({ name, file }: Compared): object => ({ file: name, timestamp: file.timestamp });
  return `${JSON.stringify({ a: head(a), b: head(b), rows }, undefined, 2)}\n`;
}

function rowsOf(a: BenchmarkFile, b: BenchmarkFile): Row[] {
  const prompts = [...new Set([...a.results.keys(), ...b.results.keys()])];
  return prompts.flatMap((prompt) => {
    const sides = [a, b].map(({ results }) => summaries(results.get(prompt) ?? []));
    const all = sides.flat();
    const targets = all.filter((one, index) => all.findIndex((other) => isSame(one, other)) === index);
    return targets.map(({ provider, model }) => {
      const [ofA, ofB] = sides.map((side) => side.find((one) => isSame(one, { provider, model })));
      return { prompt, provider, model, a: ofA, b: ofB };
    });
  });
}

function isSame(a: Target, b: Target): boolean {
  return nameOf(a) === nameOf(b);
}

type Reading<T> = (summary: Summary) => T | null;

const timeOf: Reading<number> = ({ time }) => time?.p50 ?? null;
const firstOf: Reading<number> = ({ firstToken }) => firstToken?.p50 ?? null;
const tokensOf: Reading<number> = ({ time, tokens }) => (time === undefined ? null : tokens);
const costOf: Reading<NanoUsd> = ({ time, meanCost }) => (time === undefined ? null : meanCost);

function pair<T extends number | bigint>(
  row: Row,
  read: Reading<T>,
  cell: (value: T | null, side: Summary | undefined) => string,
): string[] {
  const change = changeOf(row, read);
  const text = change === null ? '-' : `${change > 0 ? '+' : ''}${change.toFixed(1)}%`;
  const show = (side: Summary | undefined): string => cell(side === undefined ? null : read(side), side);
  return [show(row.a), show(row.b), text];
}

/** `-` where there was no answer, `N/A` where an answer left it unknown. */
function cellOr<T>(cell: (value: T | null) => string): (value: T | null, side: Summary | undefined) => string {
  return (value, side) => (side?.time === undefined ? '-' : cell(value));
}

function countOf(side: Summary | undefined): string {
  return side === undefined ? '-' : `${side.succeeded}/${side.calls}`;
}

/** Percent. */
function changeOf<T extends number | bigint>(row: Row, read: Reading<T>): number | null {
  const [a, b] = [row.a, row.b].map((side) => (side === undefined ? null : read(side)));
  if (a === null || a === undefined || b === null || b === undefined) return null;
  if (Number(a) === 0) return Number(b) === 0 ? 0 : null;
  return Math.round((Number(b) / Number(a) - 1) * 1_000) / 10;
}
