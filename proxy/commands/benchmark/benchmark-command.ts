import { resolve } from 'node:path';
import { Redactor } from '../../core/redact.ts';
import { CommandFault, type CommandPlace } from '../place.ts';
import { comparisonJson, comparisonText, type Compared } from './compare.ts';
import { consoleText } from './console.ts';
import { OptionFault } from './faults.ts';
import { markdownReport } from './markdown.ts';
import { planOf, type BenchmarkOptions, type BenchmarkPlan } from './options.ts';
import { readResults, readyFolder, textOf, writeReport, writeResults, type BenchmarkFile } from './result-file.ts';
import { runCalls, type CallPlace, type RunResult } from './run.ts';
import {
  findKeys,
  keyedSession,
  loadPrices,
  mockSession,
  urlSession,
  type BenchmarkServers,
  type Session,
} from './session.ts';

export interface BenchmarkPlace extends CommandPlace {
  readonly servers: BenchmarkServers;
  /** Aborted by Ctrl-C: what is complete by then is written. */
  readonly signal: AbortSignal;
  /** A person watches standard error. */
  readonly isWatched: boolean;
}

/** 0: a call succeeded. 1: no key, or no proxy. 2: wrong option. 3: no call succeeded. 130: ended by Ctrl-C. */
const EXIT = { done: 0, failed: 1, wrongOption: 2, noneSucceeded: 3, interrupted: 130 } as const;

/** `llmproxy benchmark`. Returns the exit code. */
export async function runBenchmark(options: BenchmarkOptions, place: BenchmarkPlace): Promise<number> {
  try {
    if (options.compare !== undefined) return compare(options, place);
    const plan = planOf(options, place.environment, place.folder);
    return await benchmark(plan, options, place);
  } catch (error) {
    if (place.signal.aborted) {
      place.err.write('llmproxy benchmark: interrupted.\n');
      return EXIT.interrupted;
    }
    if (!(error instanceof CommandFault)) throw error;
    place.err.write(`llmproxy benchmark: ${error.message}\n`);
    return error instanceof OptionFault ? EXIT.wrongOption : EXIT.failed;
  }
}

async function benchmark(plan: BenchmarkPlan, options: BenchmarkOptions, place: BenchmarkPlace): Promise<number> {
  // With --json standard output is the document alone.
  const notes = options.json === true ? place.err : place.out;
  const opened = await openSession(plan, place, (line) => void notes.write(`${line}\n`));
  let result: RunResult;
  let folder: string;
  try {
    // Before anything is paid for.
    folder = readyFolder(options.out ?? '.', place.folder);
    result = await measured(plan, opened, place);
  } finally {
    await opened.close();
  }
  if (result.count === 0) {
    place.err.write('llmproxy benchmark: interrupted before the first answer.\n');
    return EXIT.interrupted;
  }
  const file: BenchmarkFile = { timestamp: new Date().toISOString(), results: result.results };
  const path = await writeResults(file, folder, () => new Date());
  if (options.json === true) place.out.write(textOf(file));
  else place.out.write(`\n${consoleText(file.results)}`);
  notes.write(`\nResults: ${path}\n`);
  if (options.report !== undefined) {
    const report = options.report === true ? path.replace(/json$/, 'md') : resolve(place.folder, options.report);
    writeReport(report, markdownReport(file));
    notes.write(`Report: ${report}\n`);
  }
  if (result.isInterrupted) {
    place.err.write(`llmproxy benchmark: interrupted; ${result.count} calls are in the file.\n`);
    return EXIT.interrupted;
  }
  const succeeded = [...file.results.values()].flat().some(({ success }) => success);
  return succeeded ? EXIT.done : EXIT.noneSucceeded;
}

type Say = (line: string) => void;

async function openSession({ source }: BenchmarkPlan, place: BenchmarkPlace, say: Say): Promise<Session> {
  const { environment, servers, signal } = place;
  if (source.kind === 'url') {
    const session = await urlSession(source, signal, say);
    say(
      `The proxy at ${source.baseUrl} is asked ${source.key === undefined ? 'without a key' : 'with the key given'}.`,
    );
    return session;
  }
  if (source.kind === 'mock') {
    say('The bundled mock answers; no key is needed.');
    return mockSession(source.chosen, servers);
  }
  const { found, skipped } = findKeys(source.chosen, environment);
  if (found.length === 0) {
    throw new CommandFault(`there is no key. ${skipped.join(' ')} --mock needs none.`);
  }
  for (const { provider, key } of found) {
    const address = environment[provider.address]?.trim();
    const where = address === undefined || address === '' ? '' : `, at the address of ${provider.address}`;
    say(`${provider.id}: key found in ${key.variable}${where}.`);
  }
  skipped.forEach(say);
  return keyedSession(found, environment, servers);
}

async function measured(plan: BenchmarkPlan, { asked }: Session, place: BenchmarkPlace): Promise<RunResult> {
  const redactor = new Redactor();
  redactor.know(asked.flatMap(({ key }) => key ?? []));
  const show = (call: CallPlace): void => {
    if (place.isWatched) place.err.write(`${CLEAR}${progressOf(call)}`);
  };
  const priceOf = await loadPrices();
  const result = await runCalls(plan, asked, { priceOf, redactor, signal: place.signal, onCall: show });
  if (place.isWatched) place.err.write(CLEAR);
  return result;
}

/** To the beginning of the line, which is emptied. */
const CLEAR = '\r\u001B[2K';

function progressOf({ index, count, asked, prompt }: CallPlace): string {
  const line = `[${index + 1}/${count}] ${prompt.name}: ${asked.provider} ${asked.model}`;
  return line.replaceAll(/\p{Cc}/gu, ' ').slice(0, 79);
}

function compare(options: BenchmarkOptions, { folder, out }: BenchmarkPlace): number {
  const { compare: files = [], json = false, ...others } = options;
  if (files.length !== 2) throw new OptionFault('--compare needs two result files.');
  if (Object.keys(others).length > 0) throw new OptionFault('--compare takes no other option than --json.');
  const [a, b] = files.map((name): Compared => ({ name, file: readResults(name, folder) })) as [Compared, Compared];
  out.write(json ? comparisonJson(a, b) : comparisonText(a, b));
  return EXIT.done;
}
