import { Histogram } from '../../core/histogram.ts';
import type { Figure } from '../../telemetry/figures/figure.ts';

/** One second as the page of live figures gets it. */
export interface LiveFigure extends Omit<Figure, 'ttft'> {
  /** Milliseconds to the first token; null where no answer began. */
  readonly ttft_p50: number | null;
  readonly ttft_p95: number | null;
}

/** The seconds of several processes as those of one, oldest first. */
export function summedFigures(parts: readonly (readonly Figure[])[]): LiveFigure[] {
  const bySecond = Map.groupBy(parts.flat(), ({ at }) => at);
  const ttft = new Histogram();
  return [...bySecond].toSorted(([a], [b]) => a - b).map(([, figures]) => summed(figures, ttft));
}

/** `ttft`: one for all, to be cleared. */
function summed(figures: readonly Figure[], ttft: Histogram): LiveFigure {
  const sum = (read: (figure: Figure) => number): number => figures.reduce((total, one) => total + read(one), 0);
  ttft.clear();
  for (const figure of figures) ttft.addCounts(pairs(figure.ttft));
  return {
    at: figures[0]?.at ?? 0,
    requests: sum(({ requests }) => requests),
    lookups: sum(({ lookups }) => lookups),
    hits: sum(({ hits }) => hits),
    errors: sum(({ errors }) => errors),
    refused: sum(({ refused }) => refused),
    left: sum(({ left }) => left),
    input: sum(({ input }) => input),
    output: sum(({ output }) => output),
    cost: spent(figures),
    inFlight: sum(({ inFlight }) => inFlight),
    generations: sum(({ generations }) => generations),
    ttft_p50: ttft.percentile(0.5) ?? null,
    ttft_p95: ttft.percentile(0.95) ?? null,
  };
}

/** Unknown where no process knows a price of what it was answered; one without requests knows that it spent nothing. */
function spent(figures: readonly Figure[]): number | null {
  const total = figures.reduce((sum, { cost }) => sum + (cost ?? 0), 0);
  return total === 0 && figures.some(({ cost }) => cost === null) ? null : total;
}

function pairs(flat: readonly number[]): (readonly [number, number])[] {
  return flat.flatMap((bucket, index) => (index % 2 === 0 ? [[bucket, flat[index + 1] ?? 0] as const] : []));
}
