// Plays what clients of every family do at endpoints of every family, through the proxy, and writes the table into
// docs/providers.md: `npm run docs:providers [-- SCENARIO…]`. With names only those are played, and the cells are printed.
import { readFileSync, writeFileSync } from 'node:fs';
import { faultsOfTable, type Row, withTable } from './translation/page.ts';
import { CLIENTS, ENDPOINTS, play, SCENARIO_NAMES } from './translation/play.ts';

const PAGE = new URL('../docs/providers.md', import.meta.url);

async function playAll(names: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const client of CLIENTS) {
    for (const endpoint of ENDPOINTS) {
      const cells: Row['cells'][number][] = [];
      for (const name of names) {
        const body = await play(name, { client, endpoint, stream: false });
        cells.push([body, await play(name, { client, endpoint, stream: true })]);
      }
      rows.push({ client: client.name, endpoint: endpoint.name, cells });
    }
  }
  return rows;
}

if (import.meta.main) {
  // Each proxy in this process listens for SIGHUP.
  process.setMaxListeners(4);
  const wanted = process.argv.slice(2);
  const rows = await playAll(wanted.length === 0 ? SCENARIO_NAMES : wanted);
  if (wanted.length > 0) console.log(rows.map(({ cells, ...pair }) => JSON.stringify({ ...pair, cells })).join('\n'));
  else {
    const page = withTable(readFileSync(PAGE, 'utf8'), rows);
    writeFileSync(PAGE, page);
    const faults = faultsOfTable(page);
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) process.exitCode = 1;
  }
  // The SDKs keep connections alive.
  process.exit();
}
