import { useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { VNode } from 'preact';
import { exchangesApi, type ExchangeRow, type Wanted } from '../../api/exchanges.ts';
import { clockTime, count, money, ms } from '../../format.ts';
import { html } from '../../html.ts';
import { Badge, Notice } from '../../parts/basics.ts';
import { Choice, Field, Form } from '../../parts/form.ts';
import { Table, type Column } from '../../parts/table.ts';
import { place } from '../../place.ts';
import { Detail, statusTone } from './detail.ts';

/** Rows that the page holds. */
const KEPT = 500;
/** Milliseconds without a keystroke after which a filter counts. */
const STILL_MS = 250;
const TEXTS = { text: 'Id or path', model: 'Model', endpoint: 'Endpoint', key: 'Key' } as const;
const CHOICES = {
  Status: ['any', '2xx', '3xx', '4xx', '5xx'],
  Cache: ['any', 'hit', 'miss', 'joined', 'stale', 'bypass', 'none'],
} as const;

interface State {
  readonly isConnected: boolean;
  /** Requests that were too many to be sent. */
  readonly skipped: number;
  readonly capture: boolean;
}

/** The last requests as they end; one that is opened stands in the address, and so does one that it is compared with. */
export function RequestsPage(): VNode {
  const wanted = useSignal<Wanted>({});
  const rows = useSignal<readonly ExchangeRow[]>([]);
  const held = useSignal<readonly ExchangeRow[] | null>(null);
  const state = useSignal<State>({ isConnected: false, skipped: 0, capture: false });
  useEffect(() => listenTo(wanted.value, rows, state), [wanted.value]);
  const set = (name: string) => (text: string) => {
    wanted.value = { ...wanted.value, [name]: text };
    held.value = null;
  };
  const [, id = '', other = ''] = place.value.split('/');
  const { isConnected, skipped, capture } = state.value;
  const shown = held.value ?? rows.value;
  const fresh = rows.value.filter((row) => !shown.includes(row)).length;
  return html`<div class="bar-line">
      <${Form} label="Open a request" submit="Open" onSubmit=${openGiven}>
        <${Field} label="Request id, or two to compare" name="ids" placeholder="x-request-id" required=${true} />
      <//>
    </div>
    ${id && html`<${Detail} key=${id} id=${id} other=${other} />`}
    <div class="bar-line">
      <${Badge} tone=${isConnected ? 'good' : 'bad'}>${isConnected ? 'live' : 'connection lost'}<//>
      ${Object.entries(TEXTS).map(([name, label]) => html`<${Field} key=${name} label=${label} name=${name} type="search" onInput=${set(name)} />`)}
      ${Object.entries(CHOICES).map(([label, all]) => html`<${Choice} key=${label} label=${label} name=${label} value=${wanted.value[label.toLowerCase() as 'status'] ?? ''} options=${all.map((one) => [one === 'any' ? '' : one, one])} onInput=${set(label.toLowerCase())} />`)}
      <button type="button" onClick=${() => (held.value = held.value ? null : rows.value)}>
        ${held.value ? `Go on (${count(fresh)} new)` : 'Pause'}
      </button>
    </div>
    <${Notice}>
      ${capture ? 'Bodies are kept, without secrets (admin.capture: true).' : 'Bodies are not kept (admin.capture: false).'}
      ${skipped > 0 && ` ${count(skipped)} more ended than could be shown: filter for less.`}
    <//>
    <${Table} label="Requests" columns=${id === '' ? COLUMNS : [...COLUMNS, compareWith(id)]} rows=${shown}
      keyOf=${(row: ExchangeRow) => row.entry} open=${shown.find((row) => row.id === id || row.entry === id)?.entry}
      onOpen=${(row: ExchangeRow) => (location.hash = `#/requests/${row.id}`)} empty="No request that fits has ended yet." />`;
}

/** Has the rows follow what ends, once the filter has been still for a moment. */
function listenTo(wanted: Wanted, rows: Signal<readonly ExchangeRow[]>, state: Signal<State>): () => void {
  let end = (): void => undefined;
  const timer = setTimeout(() => {
    rows.value = [];
    state.value = { ...state.value, skipped: 0 };
    end = exchangesApi.events(wanted, {
      news: ({ exchanges, skipped, capture }) => {
        const known = new Set(rows.value.map(({ entry }) => entry));
        rows.value = [...exchanges.filter(({ entry }) => !known.has(entry)), ...rows.value].slice(0, KEPT);
        state.value = { isConnected: true, capture, skipped: state.value.skipped + skipped };
      },
      state: (isConnected) => (state.value = { ...state.value, isConnected }),
    });
  }, STILL_MS);
  return () => {
    clearTimeout(timer);
    end();
  };
}

/** What is pasted may be whole headers; of anything else than ids nothing goes into the address. */
async function openGiven({ ids = '' }: Readonly<Record<string, string>>): Promise<void> {
  const given = ids.replaceAll(/x-request-id:/gi, ' ').match(/[\w.:~-]+/g) ?? [];
  location.hash = `#/requests/${given.slice(0, 2).join('/')}`;
}

const COLUMNS: readonly Column<ExchangeRow>[] = [
  { name: 'Time', show: ({ at }) => clockTime(at) },
  { name: 'Status', show: (row) => html`<${Badge} tone=${statusTone(row)}>${row.status}<//>` },
  { name: 'Model', show: ({ model, operation }) => model ?? operation },
  { name: 'Endpoint', show: ({ endpoint, error }) => endpoint ?? error ?? '–' },
  { name: 'Cache', show: ({ cache }) => cache },
  { name: 'Took', isNumber: true, sort: (row) => row.ms, show: (row) => ms(row.ms) },
  { name: 'First token', isNumber: true, sort: (row) => row.ttft_ms, show: (row) => ms(row.ttft_ms) },
  { name: 'In', isNumber: true, sort: ({ tokens }) => tokens?.input, show: ({ tokens }) => count(tokens?.input) },
  { name: 'Out', isNumber: true, sort: ({ tokens }) => tokens?.output, show: ({ tokens }) => count(tokens?.output) },
  { name: 'Cost', isNumber: true, sort: ({ cost }) => cost, show: ({ cost }) => money(cost) },
  { name: 'Attempts', isNumber: true, sort: ({ attempts }) => attempts, show: ({ attempts }) => attempts },
  { name: 'Key', show: ({ key, key_name: name }) => name ?? key ?? '–' },
];

function compareWith(id: string): Column<ExchangeRow> {
  const link = ({ entry }: ExchangeRow): VNode =>
    html`<a href=${`#/requests/${id}/${entry}`} onClick=${(event: Event) => event.stopPropagation()}>compare</a>`;
  return { name: 'Cache key', show: (row) => (row.id === id || row.entry === id ? null : link(row)) };
}
