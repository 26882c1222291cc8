import { headText, labelText } from './series.ts';

/** One series of a counter. */
export interface Count {
  inc(by?: number): void;
}

class Series implements Count {
  #count = 0;

  inc(by = 1): void {
    this.#count += by;
  }

  get count(): number {
    return this.#count;
  }
}

export interface TallyOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** A Prometheus counter whose text comes series by series: of prom-client's own nothing can be had but the whole. */
export class Tally {
  readonly #options: TallyOptions;
  readonly #series = new Map<string, Series>();

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  /** The series with these values, in the order of the labels. Look it up once and keep it. */
  series(...values: readonly string[]): Count {
    const labels = labelText(this.#options.labels, values);
    let series = this.#series.get(labels);
    if (series === undefined) {
      series = new Series();
      this.#series.set(labels, series);
    }
    return series;
  }

  /** Prometheus text format 0.0.4, in parts of a few lines. */
  *parts(): Generator<string> {
    const { name, help } = this.#options;
    yield headText(name, help, 'counter');
    for (const [labels, { count }] of this.#series) yield `${name}{${labels}} ${count}\n`;
  }
}
