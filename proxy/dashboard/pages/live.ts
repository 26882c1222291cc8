import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { VNode } from 'preact';
import type { LiveFigure } from '../../admin/dashboard/figures.ts';
import { api } from '../client.ts';
import { count, money, ms, percent, rate } from '../format.ts';
import { html } from '../html.ts';
import { Badge, Notice, Tile } from '../parts/basics.ts';
import { Choice } from '../parts/form.ts';
import { Plot, type Line } from '../parts/plot.ts';

const KEPT = 3_600;
/** Seconds that the tiles are about. */
const RECENT = 10;
const SPANS = [
  ['300', '5 min'],
  ['900', '15 min'],
  ['3600', '1 h'],
] as const;

/** What happens now: the last hour, second by second. */
export function LivePage(): VNode {
  const figures = useSignal<readonly LiveFigure[]>([]);
  const isConnected = useSignal(false);
  const span = useSignal('300');
  useEffect(
    () =>
      api.liveEvents({
        news: ({ figures: news }) => (figures.value = joined(figures.value, news)),
        state: (connected) => (isConnected.value = connected),
      }),
    [],
  );
  const shown = figures.value.slice(-Number(span.value));
  const last = shown.at(-1);
  if (last === undefined) return html`<${Notice}>Waiting for the first second …<//>`;
  return html`<div class="bar-line">
      <${Badge} tone=${isConnected.value ? 'good' : 'bad'}>${isConnected.value ? 'live' : 'connection lost'}<//>
      <${Choice} label="Span" name="span" value=${span.value} options=${SPANS} onInput=${(value: string) => (span.value = value)} />
    </div>
    <div class="tiles">${tilesOf(shown, last).map(([name, value, note]) => html`<${Tile} key=${name} name=${name} value=${value} note=${note} />`)}</div>
    <div class="plots">${PLOTS.map(
      ([title, show, ...lines]) => html`<${Plot} key=${title} title=${title} show=${show} times=${shown.map(({ at }) => at)}
        lines=${lines.map(([name, colour, read]) => ({ name, colour, values: shown.map(read) }))} />`,
    )}</div>`;
}

/** Name, value and note of each tile. */
function tilesOf(shown: readonly LiveFigure[], last: LiveFigure): readonly (readonly [string, string, string])[] {
  const recent = shown.slice(-RECENT);
  const latest = (name: 'ttft_p50' | 'ttft_p95'): string => ms(recent.findLast((one) => one[name] !== null)?.[name]);
  return [
    ['Requests / s', rate(mean(recent, 'requests')), `${count(sum(shown, 'requests'))} in ${shown.length} s`],
    [
      'Cache hits',
      percent(sum(recent, 'hits') / sum(recent, 'lookups')),
      `${count(sum(shown, 'hits'))} of ${count(sum(shown, 'lookups'))}`,
    ],
    ['First token p50', latest('ttft_p50'), `p95 ${latest('ttft_p95')}`],
    ['Errors', count(sum(recent, 'errors')), `${count(sum(recent, 'refused'))} refused, ${count(sum(recent, 'left'))} left`],
    ['Tokens / s', rate(mean(recent, 'input') + mean(recent, 'output')), `${rate(mean(recent, 'output'))} written`],
    ['Money / h', money(hourly(recent)), `${money(spent(shown))} in ${shown.length} s`],
    ['In flight', count(last.inFlight), 'requests'],
    ['Generations', count(last.generations), 'shared by those who ask the same'],
  ];
}

type LineOf = readonly [name: string, colour: Line['colour'], read: (figure: LiveFigure) => number | null];

const PLOTS: readonly (readonly [title: string, show: (value: number) => string, ...lines: LineOf[]])[] = [
  ['Requests / s', rate, ['all', '--line-1', ({ requests }) => requests], ['from cache', '--line-2', ({ hits }) => hits]],
  ['Cache hit share', percent, ['hits', '--line-2', ({ hits, lookups }) => (lookups === 0 ? null : hits / lookups)]],
  ['Time to first token', ms, ['p50', '--line-1', (one) => one.ttft_p50], ['p95', '--line-3', (one) => one.ttft_p95]],
  ['Errors / s', rate, ['5xx', '--line-4', ({ errors }) => errors], ['4xx', '--line-3', ({ refused }) => refused]],
  ['Tokens / s', rate, ['read', '--line-1', ({ input }) => input], ['written', '--line-2', ({ output }) => output]],
  ['Money / h', money, ['spent', '--line-3', ({ cost }) => (cost === null ? null : cost * KEPT)]],
  ['In flight', rate, ['requests', '--line-1', ({ inFlight }) => inFlight], ['generations', '--line-2', (one) => one.generations]],
];

type Counted = 'requests' | 'hits' | 'lookups' | 'errors' | 'refused' | 'left' | 'input' | 'output';

function sum(figures: readonly LiveFigure[], name: Counted): number {
  return figures.reduce((total, figure) => total + figure[name], 0);
}

function mean(figures: readonly LiveFigure[], name: Counted): number {
  return figures.length === 0 ? 0 : sum(figures, name) / figures.length;
}

/** Null where no cost is known. */
function spent(figures: readonly LiveFigure[]): number | null {
  const known = figures.filter(({ cost }) => cost !== null);
  return known.length === 0 ? null : known.reduce((total, { cost }) => total + (cost ?? 0), 0);
}

function hourly(figures: readonly LiveFigure[]): number | null {
  const usd = spent(figures);
  return usd === null ? null : (usd / figures.length) * KEPT;
}

/** After a break the proxy sends the whole hour once more. */
function joined(kept: readonly LiveFigure[], news: readonly LiveFigure[]): readonly LiveFigure[] {
  const first = news[0]?.at ?? 0;
  return [...kept.filter(({ at }) => at < first), ...news].slice(-KEPT);
}
