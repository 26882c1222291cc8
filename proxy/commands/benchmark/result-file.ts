import { accessSync, constants, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { parseDecimal, toNano, type NanoUsd } from '../../core/money.ts';
import { CommandFault } from '../place.ts';
import { OptionFault, reasonOf } from './faults.ts';
import { jsonOf, type BenchmarkRecord, type BenchmarkResults } from './record.ts';

/** The content of a result file. */
export interface BenchmarkFile {
  /** RFC 3339. */
  readonly timestamp: string;
  readonly results: BenchmarkResults;
}

export function textOf({ timestamp, results }: BenchmarkFile): string {
  const records = [...results].map(([name, list]) => [name, list.map(jsonOf)] as const);
  return `${JSON.stringify({ timestamp, results: Object.fromEntries(records) }, undefined, 2)}\n`;
}

const MOST_TRIES = 5;

/** Makes the folder where it is missing; it can be written to. Called before anything is paid for. Throws OptionFault. */
export function readyFolder(out: string, folder: string): string {
  const path = resolve(folder, out);
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
    return path;
  } catch (error) {
    throw new OptionFault(`--out ${out} cannot be used: ${reasonOf(error)}.`);
  }
}

/**
 * Writes `benchmark_results_YYYYMMDD_HHMMSS.json` (local time) and returns its path. A file that is there is never replaced:
 * another benchmark of the same second has it, and the next second is waited for.
 */
export async function writeResults(file: BenchmarkFile, folder: string, now: () => Date): Promise<string> {
  const text = textOf(file);
  for (let tries = 1; ; tries += 1) {
    const path = join(folder, `benchmark_results_${secondOf(now())}.json`);
    try {
      writeFileSync(path, text, { flag: 'wx' });
      return path;
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!isTaken || tries >= MOST_TRIES) throw new CommandFault(`cannot write ${path}: ${reasonOf(error)}.`);
    }
    await after(1_000 - now().getMilliseconds());
  }
}

function secondOf(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${date}_${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}

export function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandFault(`cannot write ${path}: ${reasonOf(error)}.`);
  }
}

const MOST_BYTES = 64 * 1024 * 1024;

/** Reads a result file. Throws OptionFault for what is none. */
export function readResults(name: string, folder: string): BenchmarkFile {
  const path = resolve(folder, name);
  try {
    if (statSync(path).size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const { timestamp, results } = isJsonObject(value) ? value : {};
    if (typeof timestamp !== 'string' || !isJsonObject(results)) throw new Error('it has no timestamp or no results');
    return { timestamp, results: new Map(Object.entries(results).map(([prompt, list]) => [prompt, recordsIn(list)])) };
  } catch (error) {
    throw new OptionFault(`${name} is no result file of a benchmark: ${reasonOf(error)}.`);
  }
}

function recordsIn(list: unknown): BenchmarkRecord[] {
  if (!Array.isArray(list) || !list.every(isJsonObject)) throw new Error('its results are no lists of records');
  return list.map(recordOf);
}

function recordOf(value: JsonObject): BenchmarkRecord {
  const text = (member: string): string => {
    const found = value[member];
    if (typeof found !== 'string') throw new Error(`a record has no ${member}`);
    return found;
  };
  const number = (member: string): number | null => {
    const found = value[member] ?? null;
    if (found === null || (typeof found === 'number' && Number.isFinite(found))) return found;
    throw new Error(`${member} of a record is no number`);
  };
  const success = value['success'];
  if (typeof success !== 'boolean') throw new Error('a record has no success');
  const amount = (member: string): NanoUsd | null => nanoOf(number(member));
  const time = number('response_time') ?? 0;
  return {
    provider: text('provider'),
    model: text('model'),
    success,
    response_time: time,
    // Files of other tools do not have it.
    time_to_first_token: number('time_to_first_token') ?? time,
    response_length: number('response_length') ?? 0,
    response_preview: typeof value['response_preview'] === 'string' ? value['response_preview'] : '',
    input_tokens: wholeOf(number('input_tokens')),
    output_tokens: wholeOf(number('output_tokens')),
    total_tokens: wholeOf(number('total_tokens')),
    input_cost: amount('input_cost'),
    output_cost: amount('output_cost'),
    total_cost: amount('total_cost'),
    error: typeof value['error'] === 'string' ? value['error'] : null,
  };
}

function nanoOf(usd: number | null): NanoUsd | null {
  const decimal = usd === null ? undefined : parseDecimal(usd);
  return decimal === undefined ? null : toNano(decimal);
}

function wholeOf(count: number | null): number | null {
  return count === null ? null : Math.round(count);
}
