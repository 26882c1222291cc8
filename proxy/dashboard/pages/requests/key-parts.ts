import type { VNode } from 'preact';
import { exchangesApi, type ExchangeAnswer } from '../../api/exchanges.ts';
import { useLoaded } from '../../data.ts';
import { html } from '../../html.ts';
import { Notice } from '../../parts/basics.ts';
import { Table, type Column } from '../../parts/table.ts';

type Part = readonly [name: string, mine: string | undefined, theirs: string | undefined];

/** The digests of what makes the key of a request, alone or beside those of another one: what differs comes first. */
export function KeyParts({ one, other }: { one: ExchangeAnswer; other: string }): VNode {
  const loaded = useLoaded(() => (other === '' ? Promise.resolve(null) : exchangesApi.one(other)));
  const second = loaded.value.value;
  if (one.key_parts === null || (second && second.key_parts === null)) {
    const which = one.key_parts === null ? 'this request' : 'the other request';
    return html`<${Notice}
      >Of ${which} they are not known: none is looked up, none listened, or there were too many.<//>`;
  }
  const theirs = second?.key_parts ?? one.key_parts;
  const names = Object.keys({ ...one.key_parts, ...theirs });
  const parts = names.map((name): Part => [name, one.key_parts?.[name], theirs[name]]);
  const [differing, same] = [parts.filter((part) => !isSame(part)), parts.filter(isSame)];
  const verdict = differing.length === 0 ? 'Both have the same key.' : `They differ in ${differing.map(([name]) => name).join(', ')}.`;
  return html`<div>
    ${loaded.fault.value && html`<${Notice} tone="bad">${loaded.fault.value}<//>`}
    ${second ? html`<${Notice} tone=${differing.length === 0 ? 'good' : 'warn'}>${verdict}<//>` : html`<${Notice}>To compare it with another request, press compare in the row of that one.<//>`}
    <${Table} label="Parts of the key" columns=${second ? [...COLUMNS, THEIRS] : COLUMNS} rows=${[...differing, ...same]}
      keyOf=${([name]: Part) => name} />
  </div>`;
}

function isSame([, mine, theirs]: Part): boolean {
  return mine === theirs;
}

const COLUMNS: readonly Column<Part>[] = [
  { name: 'Part', show: ([name]) => name },
  { name: 'Value or digest', show: ([, mine = '–']) => html`<code>${mine}</code>` },
];
const THEIRS: Column<Part> = {
  name: 'Of the other',
  show: (part) => html`<code class=${isSame(part) ? '' : 'bad'}>${part[2] ?? '–'}</code>${isSame(part) || ' differs'}`,
};
