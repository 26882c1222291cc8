import { useSignal, type Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { usageApi, type UsageReport, type UsageRow, type UsageSums } from '../api/usage.ts';
import { useLoaded } from '../data.ts';
import { count, money, percent } from '../format.ts';
import { html } from '../html.ts';
import { Bar, Notice, Section, Tile } from '../parts/basics.ts';
import { Choice, Field } from '../parts/form.ts';
import { Plot } from '../parts/plot.ts';
import { Table, type Column } from '../parts/table.ts';

const PERIODS = Object.entries({ 1: 'today', 7: '7 days', 30: '30 days', 90: '90 days', '': 'from … to …' });
const NAMES = ['model', 'key', 'team', 'customer', 'user', 'provider', 'endpoint', 'day'];
const GROUPS = NAMES.map((one) => [one, one] as const);
const THEN: readonly (readonly [string, string])[] = [['', '–'], ...GROUPS];
const DAY_MS = 86_400_000;
/** A page shows so many days at most; the route has ten years. */
const MOST_DAYS = 366;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Where the money went. */
export function UsagePage(): VNode {
  const days = useSignal('30');
  const from = useSignal(dayOf(Date.now() - 30 * DAY_MS));
  const to = useSignal(dayOf(Date.now()));
  const by = useSignal('model');
  const then = useSignal('');
  const now = Date.now();
  const ends = days.value === '' ? [from.value, to.value] : [dayOf(now - (Number(days.value) - 1) * DAY_MS), dayOf(now)];
  const [first = '', last = ''] = ends.toSorted();
  const period = { from: midnight(first).toISOString(), to: midnight(last, 1).toISOString(), tz: zone };
  const query = { ...period, group_by: then.value === '' ? by.value : `${by.value},${then.value}` };
  const { value, fault } = useLoaded(
    async () => {
      const [daily, report] = await Promise.all([
        usageApi.report({ ...period, group_by: 'day', limit: String(MOST_DAYS) }),
        usageApi.report(query),
      ]);
      return { daily, report, groups: query.group_by.split(','), first, last };
    },
    30_000,
    [JSON.stringify(query)],
  );
  const shown = value.value;
  return html`<div class="bar-line">
      ${chosen('Period', days, PERIODS)}${days.value === '' && [dated('From', from), dated('To', to)]}
      ${chosen('By', by, GROUPS)}${chosen('and by', then, THEN)}
      <a href=${usageApi.csv(query)} download="usage.csv">CSV</a>
    </div>
    ${fault.value && html`<${Notice} tone="bad">${fault.value}<//>`}
    ${shown ? html`<${Shown} ...${shown} />` : html`<${Notice}>Loading …<//>`}`;
}

type Text = Signal<string>;

function chosen(label: string, text: Text, options: readonly (readonly [string, string])[]): VNode {
  const set = (value: string): string => (text.value = value);
  return html`<${Choice} label=${label} name=${label} value=${text.value} options=${options} onInput=${set} />`;
}

function dated(label: string, day: Text): VNode {
  const set = (value: string): string | false => value !== '' && (day.value = value);
  return html`<${Field} label=${label} name=${label} type="date" value=${day.value} onInput=${set} />`;
}

type ShownProps = Readonly<Record<'daily' | 'report', UsageReport> & Record<'first' | 'last', string>> & {
  readonly groups: readonly string[];
};

function Shown({ daily, report: { rows, totals, count: all }, groups, first, last }: ShownProps): VNode {
  const byDay = new Map(daily.rows.map((row) => [row['day'], row]));
  const days = daysBetween(first, last);
  const times = days.map((day) => midnight(day).getTime() / 1_000);
  const plot = (title: string, show: (value: number) => string, bars: readonly (readonly [string, keyof UsageSums])[]) => {
    const lines = bars.map(([name, member], index) => {
      return { name, colour: `--line-${index + 1}`, values: days.map((day) => byDay.get(day)?.[member] ?? 0) };
    });
    const key = `${title} ${days.length}`;
    return html`<${Plot} key=${key} title=${title} isBars=${true} times=${times} show=${show} lines=${lines} />`;
  };
  const sorted = groups.includes('day') ? rows : rows.toSorted((a, b) => b.cost_usd - a.cost_usd);
  return html`<${Tiles} totals=${totals} />
    ${totals.unpriced_requests > 0 && html`<${Notice} tone="warn">${count(totals.unpriced_requests)} requests of models without a price are in no sum of money. Give them one under <code>prices</code>.<//>`}
    <div class="plots">
      ${plot('Money by day', money, [
        ['spent', 'cost_usd'],
        ['spared by the cache', 'saved_by_cache_usd'],
      ])}
      ${plot('Tokens by day', count, [
        ['read', 'input_tokens'],
        ['written', 'output_tokens'],
      ])}
    </div>
    <${Section} title=${`By ${groups.join(' and ')}`}>
      <${Table} key=${groups.join()} label=${`Usage by ${groups.join(' and ')}`} columns=${columnsOf(groups, totals)} rows=${sorted}
        keyOf=${(row: UsageRow) => JSON.stringify(groups.map((group) => row[`${wordOf(group)}_id`] ?? row[group]))} />
      ${rows.length < all && html`<p class="soft">${count(rows.length)} of ${count(all)}; the CSV has more.</p>`}
    <//>`;
}

function Tiles({ totals }: { totals: UsageSums }): VNode {
  const tiles = [
    ['Spent', money(totals.cost_usd), ''],
    ['Spared by the cache', money(totals.saved_by_cache_usd), `${percent(totals.cached_requests / totals.requests)} hits`],
    ['Spared by routing', money(totals.saved_by_routing_usd), ''],
    ['Requests', count(totals.requests), `${count(totals.errors)} errors`],
    ['Tokens read', count(totals.input_tokens), `${count(totals.cached_tokens)} from the provider's cache`],
    ['Tokens written', count(totals.output_tokens), ''],
  ];
  return html`<div class="tiles">
    ${tiles.map(([name, value, note]) => html`<${Tile} key=${name} name=${name} value=${value} note=${note} />`)}
  </div>`;
}

function columnsOf(groups: readonly string[], totals: UsageSums): readonly Column<UsageRow>[] {
  const number = (name: string, member: keyof UsageSums, show = count): Column<UsageRow> => ({
    name,
    isNumber: true,
    show: (row) => show(row[member]),
    sort: (row) => row[member],
  });
  return [
    ...groups.map((group) => ({ name: group, show: nameIn(group), sort: nameIn(group) })),
    number('Spent', 'cost_usd', money),
    {
      name: 'Share',
      show: ({ cost_usd: cost }) => {
        const share = totals.cost_usd === 0 ? 0 : cost / totals.cost_usd;
        return html`<${Bar} share=${share} label=${percent(share)} />`;
      },
    },
    number('Spared by the cache', 'saved_by_cache_usd', money),
    number('Requests', 'requests'),
    number('from the cache', 'cached_requests'),
    number('Errors', 'errors'),
    number('Tokens read', 'input_tokens'),
    number('Tokens written', 'output_tokens'),
    number('without a price', 'unpriced_requests'),
  ];
}

const wordOf = (group: string): string => (group === 'key' ? 'virtual_key' : group);

/** What was deleted has no name any more, but its id. */
function nameIn(group: string): (row: UsageRow) => string {
  const word = wordOf(group);
  return (row) => String(row[`${word}_name`] ?? row[`${word}_id`] ?? row[group] ?? '(none)');
}

/** Days as `2030-01-31`, in the time zone of the browser. */
function dayOf(at: number): string {
  return new Date(at).toLocaleDateString('sv-SE');
}

/** The start of a day, or of one that many days later. */
function midnight(day: string, later = 0): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later);
}

function daysBetween(first: string, last: string): readonly string[] {
  const days: string[] = [];
  for (let day = first; day <= last && days.length < MOST_DAYS; day = dayOf(midnight(day, 1).getTime())) days.push(day);
  return days;
}
