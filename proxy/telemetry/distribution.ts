import { headText, labelText } from './series.ts';

/** What one series of a histogram counts. */
export interface Observer {
  observe(value: number): void;
}

class Series implements Observer {
  readonly #limits: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(limits: readonly number[]) {
    this.#limits = limits;
    this.#counts = new Float64Array(limits.length + 1);
  }

  observe(value: number): void {
    const limits = this.#limits;
    let low = 0;
    let high = limits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (limits[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    this.#counts[low] = (this.#counts[low] ?? 0) + 1;
    this.#sum += value;
  }

  render(name: string, labels: string): string {
    let total = 0;
    let text = '';
    this.#counts.forEach((count, index) => {
      total += count;
      text += `${name}_bucket{${labels},le="${this.#limits[index] ?? '+Inf'}"} ${total}\n`;
    });
    return `${text}${name}_sum{${labels}} ${this.#sum}\n${name}_count{${labels}} ${total}\n`;
  }
}

export interface DistributionOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper limits of the buckets, ascending, without +Inf. */
  readonly buckets: readonly number[];
}

/**
 * A Prometheus histogram whose observation is one addition into an array: prom-client's own looks its series up again
 * at each one, and five of them would be a third of the price of a cache hit.
 */
export class Distribution {
  readonly #options: DistributionOptions;
  readonly #series = new Map<string, Series>();

  constructor(options: DistributionOptions) {
    this.#options = options;
  }

  /** The series with these values, in the order of the labels. Look it up once and keep it. */
  series(...values: readonly string[]): Observer {
    const labels = labelText(this.#options.labels, values);
    let series = this.#series.get(labels);
    if (series === undefined) {
      series = new Series(this.#options.buckets);
      this.#series.set(labels, series);
    }
    return series;
  }

  /** Prometheus text format 0.0.4, in parts of a few lines. */
  *parts(): Generator<string> {
    const { name, help } = this.#options;
    yield headText(name, help, 'histogram');
    for (const [labels, series] of this.#series) yield series.render(name, labels);
  }

  /** The parts in one. */
  text(): string {
    return [...this.parts()].join('');
  }
}
