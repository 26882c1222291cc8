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
  const recent = shown.slice(-RECENT);
  const last = shown.at(-1);
  if (last === undefined) return html`<${Notice}>Waiting for the first second …<//>`;
  return html`<div class="bar-line">
      <${Badge} tone=${isConnected.value ? 'good' : 'bad'}>${isConnected.value ? 'live' : 'connection lost'}<//>
      <${Choice}
        label="Span"
        name="span"
        value=${span.value}
        options=${SPANS}
        onInput=${(value: string) => (span.value = value)}
      />
    </div>
    <div class="tiles">
      <${Tile}
        name="Requests / s"
        value=${rate(mean(recent, 'requests'))}
        note=${`${count(sum(shown, 'requests'))} in ${shown.length} s`}
      />
      <${Tile}
        name="Cache hits"
        value=${percent(sum(recent, 'hits') / sum(recent, 'lookups'))}
        note=${`${count(sum(shown, 'hits'))} of ${count(sum(shown, 'lookups'))}`}
      />
      <${Tile}
        name="First token p50"
        value=${ms(recent.findLast((one) => one.ttft_p50 !== null)?.ttft_p50)}
        note=${`p95 ${ms(recent.findLast((one) => one.ttft_p95 !== null)?.ttft_p95)}`}
      />
      <${Tile}
        name="Errors"
        value=${count(sum(recent, 'errors'))}
        note=${`${count(sum(recent, 'refused'))} refused, ${count(sum(recent, 'left'))} left`}
      />
      <${Tile}
        name="Tokens / s"
        value=${rate(mean(recent, 'input') + mean(recent, 'output'))}
        note=${`${rate(mean(recent, 'output'))} written`}
      />
      <${Tile} name="Money / h" value=${money(hourly(recent))} note=${`${money(spent(shown))} in ${shown.length} s`} />
      <${Tile} name="In flight" value=${count(last.inFlight)} note="requests" />
      <${Tile} name="Generations" value=${count(last.generations)} note="shared by those who ask the same" />
    </div>
    <div class="plots">
      ${PLOTS.map(
        ({ title, show, lines }) =>
          html`<${Plot}
            key=${title}
            title=${title}
            show=${show}
            times=${shown.map(({ at }) => at)}
            lines=${lines.map(({ read, ...line }) => ({ ...line, values: shown.map(read) }))}
          />`,
      )}
    </div>`;
}

interface LineOf extends Omit<Line, 'values'> {
  readonly read: (figure: LiveFigure) => number | null;
}

const PLOTS: readonly {
  readonly title: string;
  readonly show: (value: number) => string;
  readonly lines: readonly LineOf[];
}[] = [
  {
    title: 'Requests / s',
    show: rate,
    lines: [
      { name: 'all', colour: '--line-1', read: (one) => one.requests },
      { name: 'from cache', colour: '--line-2', read: (one) => one.hits },
    ],
  },
  {
    title: 'Cache hit share',
    show: percent,
    lines: [{ name: 'hits', colour: '--line-2', read: (one) => (one.lookups === 0 ? null : one.hits / one.lookups) }],
  },
  {
    title: 'Time to first token',
    show: ms,
    lines: [
      { name: 'p50', colour: '--line-1', read: (one) => one.ttft_p50 },
      { name: 'p95', colour: '--line-3', read: (one) => one.ttft_p95 },
    ],
  },
  {
    title: 'Errors / s',
    show: rate,
    lines: [
      { name: '5xx', colour: '--line-4', read: (one) => one.errors },
      { name: '4xx', colour: '--line-3', read: (one) => one.refused },
    ],
  },
  {
    title: 'Tokens / s',
    show: rate,
    lines: [
      { name: 'read', colour: '--line-1', read: (one) => one.input },
      { name: 'written', colour: '--line-2', read: (one) => one.output },
    ],
  },
  {
    title: 'Money / h',
    show: money,
    lines: [{ name: 'spent', colour: '--line-3', read: (one) => (one.cost === null ? null : one.cost * KEPT) }],
  },
  {
    title: 'In flight',
    show: rate,
    lines: [
      { name: 'requests', colour: '--line-1', read: (one) => one.inFlight },
      { name: 'generations', colour: '--line-2', read: (one) => one.generations },
    ],
  },
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
