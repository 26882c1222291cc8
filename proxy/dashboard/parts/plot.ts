import { useEffect, useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import uPlot from 'uplot';
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
}

const HEIGHT = 150;

/** Lines over time. The latest values stand in its caption, as text. */
export function Plot({ title, times, lines, show }: PlotProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = [times, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData;

  useEffect(() => {
    const at = box.current;
    if (!at) return undefined;
    const made = new uPlot(optionsOf(at, lines, show), data, at);
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
  return html`<figure class="plot">
    <figcaption><strong>${title}</strong> <span>${last.join(' · ')}</span></figcaption>
    <div ref=${box} role="img" aria-label=${`${title}: ${last.join(', ')}`}></div>
  </figure>`;
}

function optionsOf(at: HTMLElement, lines: readonly Line[], show: (value: number) => string): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(at).getPropertyValue(name).trim();
  const axis = { stroke: colour('--soft'), grid: { stroke: colour('--rule'), width: 1 }, ticks: { show: false } };
  return {
    width: at.clientWidth || 300,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    axes: [axis, { ...axis, size: 62, values: (_plot, splits) => splits.map(show) }],
    scales: { y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
    series: [
      {},
      ...lines.map(({ name, colour: line }) => ({
        label: name,
        stroke: colour(line),
        width: 1.5,
      })),
    ],
  };
}
