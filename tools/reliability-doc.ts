// Plays faults of the mock through the proxy and writes their rows into docs/reliability.md: `npm run docs:reliability [-- WORD…]`.
// A word is a fault or the id of a table (reliability/ways.ts); what is not named keeps the rows that it has.
import { readFileSync, writeFileSync } from 'node:fs';
import { FAULT_CATALOGUE, type CatalogueEntry } from '../mocks/index.ts';
import { faultsOfPage, lineOf, linesIn, renderReliabilityDoc, type Lines, type Row } from './reliability/page.ts';
import { play, type Cell } from './reliability/play.ts';
import { TABLES, type Table } from './reliability/ways.ts';

const AT_ONCE = 8;
const PAGE = new URL('../docs/reliability.md', import.meta.url);

/** Plays the faults in all ways of a table, a bounded number at once. */
async function playAll(faults: readonly CatalogueEntry[], { ways }: Table): Promise<Row[]> {
  const rows = faults.map(({ name }) => ({ name, cells: ways.map((): Cell | undefined => undefined) }));
  const jobs = faults.flatMap((fault, row) => ways.map((way, place) => ({ fault, row, way, place })));
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const row = rows[job.row];
      if (row !== undefined) row.cells[job.place] = await play(job.fault, job.way);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return rows;
}

function wantedOf<T>(all: readonly T[], nameOf: (one: T) => string, words: readonly string[]): readonly T[] {
  const named = all.filter((one) => words.includes(nameOf(one)));
  return named.length === 0 ? all : named;
}

/** The rows of the page in the order of the catalogue, the new ones in place of the old. */
function ordered(old: Lines, played: readonly Row[]): string[] {
  const lines = new Map([...old, ...played.map((row) => [row.name, lineOf(row)] as const)]);
  return FAULT_CATALOGUE.flatMap(({ name }) => lines.get(name) ?? []);
}

if (import.meta.main) {
  // Each proxy in this process listens for SIGHUP.
  process.setMaxListeners(4 * AT_ONCE);
  const words = process.argv.slice(2);
  const faults = wantedOf(FAULT_CATALOGUE, ({ name }) => name, words);
  const before = readFileSync(PAGE, 'utf8');
  const lines = new Map<Table, readonly string[]>(TABLES.map((table) => [table, ordered(linesIn(before, table), [])]));
  for (const table of wantedOf(TABLES, ({ id }) => id, words)) {
    const rows = await playAll(faults, table);
    lines.set(table, ordered(linesIn(before, table), rows));
    for (const row of rows) console.log(`${table.id} ${lineOf(row)}`);
  }
  const page = renderReliabilityDoc((table) => lines.get(table) ?? []);
  writeFileSync(PAGE, page);
  const faulty = faultsOfPage(page);
  for (const fault of faulty) console.error(fault);
  if (faulty.length > 0) process.exitCode = 1;
}
