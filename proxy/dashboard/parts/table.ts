import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { count } from '../format.ts';
import { html, type Content } from '../html.ts';

/** One column: `show` gives the cell, `sort` the value that the column is sorted by (left out = not sortable). */
export interface Column<Row> {
  readonly name: string;
  readonly show: (row: Row) => Content;
  readonly sort?: (row: Row) => number | string | null | undefined;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
}

/** A column of numbers, sorted by them. */
export function numbers<Row>(
  name: string,
  read: (row: Row) => number | null | undefined,
  show: (value: number | null | undefined) => string = count,
): Column<Row> {
  return { name, show: (row) => show(read(row)), sort: read, isNumber: true };
}

export interface TableProps<Row> {
  /** What the table shows, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Makes rows open something, by mouse and keyboard. */
  readonly onOpen?: (row: Row) => void;
  /** Key of the row that is open. */
  readonly open?: string | undefined;
  /** Shown in place of rows where there are none. */
  readonly empty?: Content;
}

/** A table that can be sorted by its heads, and scrolls sideways on narrow screens. */
export function Table<Row>({ label, columns, rows, keyOf, onOpen, open, empty = 'Nothing yet.' }: TableProps<Row>): VNode {
  const order = useSignal<{ column: string; isDown: boolean } | null>(null);
  const by = order.value;
  const sort = columns.find(({ name }) => name === by?.column)?.sort;
  const sorted = sort ? rows.toSorted((a, b) => compare(sort(a), sort(b)) * (by?.isDown ? -1 : 1)) : rows;
  const turn = (column: string): void => {
    order.value = { column, isDown: by?.column === column ? !by.isDown : true };
  };
  const headOf = ({ name, isNumber, sort: sorts }: Column<Row>): VNode => html`<th scope="col" class=${isNumber ? 'number' : ''}
    aria-sort=${by?.column === name ? (by.isDown ? 'descending' : 'ascending') : undefined}>
    ${sorts ? html`<button type="button" class="sort" onClick=${() => turn(name)}>${name}</button>` : name}</th>`;
  const cellOf = (row: Row, { show, isNumber }: Column<Row>, index: number): VNode =>
    html`<td class=${isNumber ? 'number' : ''}>${
      index === 0 && onOpen
        ? html`<button type="button" class="link" onClick=${(event: Event) => opened(event, () => onOpen(row))}>${show(row)}</button>`
        : show(row)
    }</td>`;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label=${label}><table>
    <thead><tr>${columns.map(headOf)}</tr></thead>
    <tbody>
      ${sorted.length === 0 ? html`<tr><td colspan=${columns.length} class="empty">${empty}</td></tr>` : null}
      ${sorted.map(
        (row) => html`<tr key=${keyOf(row)} class=${keyOf(row) === open ? 'open' : ''} onClick=${onOpen && (() => onOpen(row))}>
        ${columns.map((column, index) => cellOf(row, column, index))}</tr>`,
      )}
    </tbody>
  </table></div>`;
}

function opened(event: Event, open: () => void): void {
  event.stopPropagation();
  open();
}

type Value = number | string | null | undefined;

/** What is unknown comes first, where it is sorted upwards. */
function compare(a: Value, b: Value): number {
  if (a == null || b == null) return Number(a != null) - Number(b != null);
  return a < b ? -1 : Number(a > b);
}
