import { FAULT_CATALOGUE } from './catalogue.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { FaultLayer } from './row.ts';

const LAYERS: Readonly<Record<FaultLayer, string>> = {
  http: 'HTTP: head and body',
  stream: 'Stream: events',
  bytes: 'Bytes: what carries the answer',
  socket: 'Sockets: the connection',
  websocket: 'WebSockets: frames',
};

const ANSWERS: Readonly<Record<CatalogueEntry['answers'], string>> = {
  all: '',
  json: ' (JSON)',
  stream: ' (streams)',
  frames: '',
};

function parametersOf({ parameters }: CatalogueEntry): string {
  const shown = Object.entries(parameters).map(([name, { default: usual, doc }]) => `\`${name}=${usual}\` ${doc}`);
  return shown.join('; ');
}

/** The catalogue as Markdown: a table a layer, a row a fault. */
function faultTables(): string {
  const tables = Object.entries(LAYERS).map(([layer, title]) => {
    const rows = FAULT_CATALOGUE.filter((entry) => entry.layer === layer).map(
      (entry) =>
        `| \`${entry.name}\`${ANSWERS[entry.answers]} | ${parametersOf(entry)} | ${entry.sees} | ${entry.robust} |`,
    );
    return [
      `### ${title}`,
      '',
      '| Fault | Parameters and defaults | What the client sees | What a robust client or proxy does |',
      '| --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return tables.join('\n');
}

const MARK = '## The catalogue\n\n';

/** `docs/mock/faults.md` with the catalogue as it is today; what stands before it is written by hand. */
export function withFaultTables(page: string): string {
  return page.slice(0, page.indexOf(MARK) + MARK.length) + faultTables();
}
