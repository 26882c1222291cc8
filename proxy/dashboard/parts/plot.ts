import { useEffect, useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import uPlot from 'uplot';
import { clockTime } from '../format.ts';
import { html } from '../html.ts';

export interface Line {
  readonly name: string;
  /** Name of a colour of the style sheet: `--line-1` … `--line-4`. */
  readonly colour: `--line-${1 | 2 | 3 | 4}`;
  readonly values: readonly (number | null)[];
}

export interface PlotProps {
  readonly title: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly show: (value: number) => string;
  /** Days side by side, in place of lines. */
  readonly isBars?: boolean;
}

const HEIGHT = 150;
const HALF_DAY_S = 43_200;
const DAY_S = 86_400;

/** Lines over time. The latest values stand in its caption, as text. */
export function Plot({ title, times, lines, show, isBars = false }: PlotProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = [times, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData;

  useEffect(() => {
    const at = box.current;
    if (!at) return undefined;
    const made = new uPlot(optionsOf(at, lines, show, isBars), data, at);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: at.clientWidth, height: HEIGHT }));
    observer.observe(at);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => made.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      observer.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data));

  const last = lines.map(({ name, values }) => `${name} ${values.at(-1) == null ? '–' : show(values.at(-1) ?? 0)}`);
  return html`<figure class="plot"><figcaption><strong>${title}</strong>
      <span class="lines">${lines.map(({ name, colour }, index) => html`<span key=${name} class=${colour.slice(2)}>${last[index]}</span>`)}</span>
    </figcaption><div ref=${box} role="img" aria-label=${`${title}: ${last.join(', ')}`}></div></figure>`;
}

function optionsOf(at: HTMLElement, lines: readonly Line[], show: PlotProps['show'], isBars: boolean): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(at).getPropertyValue(name).trim();
  const axis = { stroke: colour('--soft'), grid: { stroke: colour('--rule'), width: 1 }, ticks: { show: false } };
  return {
    width: at.clientWidth || 300,
    height: HEIGHT,
    padding: [null, 28, null, null],
    legend: { show: false },
    cursor: { show: false },
    axes: [
      { ...axis, size: 30, space: 90, values: timesOf },
      { ...axis, size: 62, values: (_plot, splits) => splits.map(show) },
    ],
    scales: {
      ...(isBars ? { x: { range: (_plot, low, high) => [low - HALF_DAY_S, high + HALF_DAY_S] } } : {}),
      y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
    },
    series: [
      {},
      ...lines.map(({ name, colour: line }, index) => ({
        label: name,
        stroke: colour(line),
        width: 1.5,
        points: { show: false },
        ...(isBars ? barsOf(index, lines.length, colour(line)) : {}),
      })),
    ],
  };
}

/** Days where the marks stand for whole days, else the time of day. */
function timesOf(_plot: uPlot, marks: readonly number[], _axis: number, _space: number, step: number): string[] {
  const day = (second: number): string => new Date(second * 1_000).toLocaleDateString('sv-SE').slice(5);
  return marks.map((second) => (step < DAY_S ? clockTime(second * 1_000) : day(second)));
}

/** One or two bars a day. */
function barsOf(index: number, of: number, fill: () => string): Partial<uPlot.Series> {
  const paths = uPlot.paths.bars?.({ size: [0.8 / of, 40], align: of === 1 ? 0 : index === 0 ? -1 : 1 });
  return { fill, width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
}
