// Plays every fault of the mock through the proxy and writes docs/reliability.md: `npm run docs:reliability [-- NAME…]`.
// With names only those are played, and the rows are printed.
import { writeFileSync } from 'node:fs';
import { FAULT_CATALOGUE, type CatalogueEntry } from '../mocks/index.ts';
import { faultsOfPage, renderReliabilityDoc, type Row } from './reliability/page.ts';
import { play, WAYS, type Cell } from './reliability/play.ts';

const AT_ONCE = 8;

/** Plays the faults, a bounded number at once. */
async function playAll(faults: readonly CatalogueEntry[]): Promise<Row[]> {
  const rows = faults.map(({ name }) => ({ name, cells: WAYS.map((): Cell | undefined => undefined) }));
  const jobs = faults.flatMap((fault, row) => WAYS.map((_, way) => ({ fault, row, way })));
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const way = WAYS[job.way];
      const row = rows[job.row];
      if (way !== undefined && row !== undefined) row.cells[job.way] = await play(job.fault, way);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return rows;
}

if (import.meta.main) {
  // Each proxy in this process listens for SIGHUP.
  process.setMaxListeners(4 * AT_ONCE);
  const wanted = process.argv.slice(2);
  const faults = FAULT_CATALOGUE.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const page = renderReliabilityDoc(await playAll(faults));
  if (wanted.length === 0) writeFileSync(new URL('../docs/reliability.md', import.meta.url), page);
  else console.log(page.slice(page.indexOf('| Fault')));
  const faulty = faultsOfPage(page).filter((fault) => wanted.length === 0 || !fault.endsWith('no row'));
  for (const fault of faulty) console.error(fault);
  if (faulty.length > 0) process.exitCode = 1;
}
