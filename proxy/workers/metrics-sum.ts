/** How the values of several processes make one. */
type Rule = 'sum' | 'max' | 'min';

/** Gauges and counters whose values do not add up; everything else does. */
const RULES: Readonly<Record<string, Rule>> = {
  llmproxy_build_info: 'max',
  llmproxy_config_reloads_total: 'max',
  llmproxy_config_last_reload_successful: 'min',
  llmproxy_config_last_reload_success_timestamp_seconds: 'max',
  llmproxy_redis_up: 'min',
  llmproxy_database_up: 'min',
  llmproxy_limits_local: 'max',
  llmproxy_virtual_keys_active: 'max',
  llmproxy_endpoint_state: 'max',
  llmproxy_endpoint_operation_out: 'max',
  nodejs_eventloop_lag_seconds: 'max',
  nodejs_eventloop_utilization: 'max',
  process_start_time_seconds: 'min',
};

/** Of these one series a group has the value 1: that of the worst state. */
const STATES: Readonly<Record<string, 'zero' | 'leave out'>> = {
  llmproxy_endpoint_state: 'zero',
  llmproxy_endpoint_operation_out: 'leave out',
};
const RANKED = ['ejected', 'probing', 'admitting'] as const;
const STATE = /state="(\w+)"/;

const PIECE_LENGTH = 64 * 1024;

/** One line of the text, without its value. */
interface Series {
  /** By process; NaN = none. */
  readonly values: number[];
  /** What processes that are gone had counted; NaN = nothing. */
  gone: number;
}

interface Family {
  readonly help: string;
  readonly type: string;
  readonly rule: Rule;
  readonly series: Map<string, Series>;
}

const COMBINE: Readonly<Record<Rule, (one: number, other: number) => number>> = {
  sum: (one, other) => one + other,
  max: Math.max,
  min: Math.min,
};

/**
 * Adds up the metrics of several processes. What a process has counted stays after its end, as far as it was read: no counter ever
 * goes back.
 */
export class MetricsSum {
  readonly #families = new Map<string, Family>();
  /** The family that the next lines of a process belong to. */
  readonly #current = new Map<number, Family>();

  /** A process begins to tell its metrics anew: gauges that it does not name any more are gone. */
  begin(from: number): void {
    this.#current.delete(from);
    for (const { type, series } of this.#families.values()) {
      if (isCounting(type)) continue;
      for (const [line, { values }] of series) {
        if (from < values.length) values[from] = Number.NaN;
        if (values.every(Number.isNaN)) series.delete(line);
      }
    }
  }

  /** Takes whole lines of Prometheus text of one process. */
  take(from: number, text: string): void {
    let help = '';
    for (const line of text.split('\n')) {
      if (line.startsWith('# HELP ')) help = line;
      else if (line.startsWith('# TYPE ')) this.#current.set(from, this.#family(line, help));
      else if (line !== '') this.#value(from, line);
    }
  }

  /** A process has ended. */
  end(from: number): void {
    this.begin(from);
    for (const { rule, series } of this.#families.values()) {
      for (const one of series.values()) {
        const value = one.values[from] ?? Number.NaN;
        if (Number.isNaN(value)) continue;
        one.values[from] = Number.NaN;
        one.gone = Number.isNaN(one.gone) ? value : COMBINE[rule](one.gone, value);
      }
    }
  }

  /** The sums as Prometheus text, in pieces of whole lines. */
  *pieces(): Generator<string> {
    let piece = '';
    for (const [name, { help, type, rule, series }] of this.#families) {
      if (series.size === 0) continue;
      piece += `${help}\n# TYPE ${name} ${type}\n`;
      const worst = name in STATES ? worstStates(series) : undefined;
      for (const [line, { values, gone }] of series) {
        const shown = worst === undefined ? combined(rule, values, gone) : stateValue(line, worst);
        if (shown === 0 && STATES[name] === 'leave out') continue;
        piece += `${line} ${text(shown)}\n`;
        if (piece.length < PIECE_LENGTH) continue;
        yield piece;
        piece = '';
      }
    }
    yield piece;
  }

  #family(typeLine: string, help: string): Family {
    const [, , name = '', type = ''] = typeLine.split(' ');
    const known = this.#families.get(name);
    if (known) return known;
    const made: Family = { help, type, rule: RULES[name] ?? 'sum', series: new Map() };
    this.#families.set(name, made);
    return made;
  }

  #value(from: number, line: string): void {
    const family = this.#current.get(from);
    const space = line.lastIndexOf(' ');
    const value = Number(line.slice(space + 1));
    if (!family || Number.isNaN(value)) return;
    const name = line.slice(0, space);
    let series = family.series.get(name);
    if (series === undefined) {
      series = { values: [], gone: Number.NaN };
      family.series.set(name, series);
    }
    while (series.values.length < from) series.values.push(Number.NaN);
    series.values[from] = value;
  }
}

function isCounting(type: string): boolean {
  return type === 'counter' || type === 'histogram';
}

function combined(rule: Rule, values: readonly number[], gone: number): number {
  let whole = gone;
  for (const value of values) {
    if (!Number.isNaN(value)) whole = Number.isNaN(whole) ? value : COMBINE[rule](whole, value);
  }
  return Number.isNaN(whole) ? 0 : whole;
}

/** The worst state of each endpoint, or of its operation, that any process knows. */
function worstStates(series: ReadonlyMap<string, Series>): ReadonlyMap<string, string> {
  const worst = new Map<string, string>();
  for (const [line, { values }] of series) {
    if (!values.some((value) => value > 0)) continue;
    const group = line.replace(STATE, '');
    const state = STATE.exec(line)?.[1] ?? '';
    if (rankOf(state) < rankOf(worst.get(group))) worst.set(group, state);
  }
  return worst;
}

function stateValue(line: string, worst: ReadonlyMap<string, string>): number {
  return Number(worst.get(line.replace(STATE, '')) === STATE.exec(line)?.[1]);
}

/** Lower = worse. */
function rankOf(state: string | undefined): number {
  const place = RANKED.findIndex((one) => one === state);
  return place === -1 ? RANKED.length : place;
}

function text(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
