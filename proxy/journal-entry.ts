import { hash } from 'node:crypto';
import type { ProcessQuestions } from './admin/processes.ts';
import { type Config, secretsOf } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import { isJsonObject, type Json } from './core/json.ts';
import type { Redactor } from './core/redact.ts';
import { randomAlphanumeric } from './core/ids.ts';
import type { FigureCosts } from './figure-costs.ts';
import type { ExchangeRecord } from './telemetry/exchange-record.ts';
import type { ExchangeTrace } from './telemetry/exchange-trace.ts';
import { exchangeTest, type ExchangeTest } from './telemetry/journal/exchange-filter.ts';
import { detailOf, rowOf, type ViewTools } from './telemetry/journal/exchange-view.ts';
import { ExchangeJournal, EXCHANGES_KEPT } from './telemetry/journal/journal.ts';
import type { ExchangePart, ExchangeRow, ExchangesPart } from './telemetry/journal/views.ts';
import type { Watching } from './telemetry/observer.ts';

/** After so many milliseconds without a question of a listening page, stages are marked no longer. */
const LISTENING_MS = 60_000;
/** Of the exchanges of a second so many are marked for pages that listen: marks of all would cost a busy proxy a third of its time. */
const MOST_MARKED = 20;
/** Exchanges that are named beside one with the same id. */
const OTHERS_SHOWN = 20;

export interface JournalEntryOptions {
  readonly clock: Clock;
  readonly redactor: Pick<Redactor, 'clean'>;
  readonly config: () => Config | undefined;
  readonly costs: Pick<FigureCosts, 'load' | 'ofUsage'>;
}

/** The journal of one process: what is marked for it, and what it answers to the page of requests. */
export class JournalEntry {
  readonly journal: ExchangeJournal;
  readonly questions: ProcessQuestions;
  readonly #options: JournalEntryOptions;
  /** Tells numbers of this process from those of others, also of one that ran in its place before. */
  readonly #process = randomAlphanumeric(8);
  #watching: Pick<Watching, 'wantMarks'> | undefined;
  #listenedAt = Number.NEGATIVE_INFINITY;
  #wantsMarks = false;
  /** Since the last tick. */
  #marked = 0;
  #digestKey: { readonly of: Config | undefined; readonly key: string } | undefined;

  constructor(options: JournalEntryOptions) {
    this.#options = options;
    const { clock, redactor } = options;
    this.journal = new ExchangeJournal({
      monotonic: () => clock.monotonic(),
      captures: () => this.#captures,
      clean: (text) => redactor.clean(text),
    });
    this.questions = {
      exchanges: (input) => this.#exchanges(input) as unknown as Json,
      exchange: (id) => this.#exchange(typeof id === 'string' ? id : '') as unknown as Json,
    };
  }

  /** Begins, with the hold on the observer that fills the journal. */
  start(watching: Pick<Watching, 'wantMarks'>): void {
    this.#watching = watching;
    this.tick();
  }

  /** A request has come whose stages are marked. */
  begun(trace: ExchangeTrace): void {
    this.journal.begun(trace);
    this.#marked += 1;
    if (this.#marked === MOST_MARKED && !this.#captures) this.#want(false);
  }

  /** To be called about each second: stages are marked while a page listens, and while bodies are kept. */
  tick(): void {
    this.#marked = 0;
    this.#look();
  }

  #look(): void {
    const captures = this.#captures;
    if (!captures && this.journal.bodyBytes > 0) this.journal.dropBodies();
    const isListening = this.#options.clock.monotonic() - this.#listenedAt < LISTENING_MS;
    this.#want(captures || (isListening && this.#marked < MOST_MARKED));
  }

  #want(wanted: boolean): void {
    if (wanted === this.#wantsMarks) return;
    this.#wantsMarks = wanted;
    this.#watching?.wantMarks(wanted);
  }

  get #captures(): boolean {
    return this.#options.config()?.admin.capture === true;
  }

  /**
   * `{filter, limit, before, after, listening}`: the newest ones, in front of the number that `before` has for this process, or from
   * the one on that `after` has for it. `listening`: a page looks on.
   */
  #exchanges(input: Json): ExchangesPart {
    const { filter, limit, before, after, listening } = isJsonObject(input) ? input : {};
    if (listening === true) {
      this.#listenedAt = this.#options.clock.monotonic();
      this.#look();
    }
    const from = this.#numberIn(after);
    const most = Number(limit);
    const tools = this.#tools();
    const rows: [no: number, row: ExchangeRow][] = [];
    let matching = 0;
    for (const entry of this.journal.newest(testOf(filter), this.#numberIn(before))) {
      if (from !== undefined && entry.no < from) break;
      matching += 1;
      if (rows.length < most) rows.push([entry.no, rowOf(entry, tools)]);
      else if (from === undefined) break;
    }
    const { count } = this.journal;
    const lost = from === undefined ? 0 : Math.max(0, count - EXCHANGES_KEPT - from);
    return {
      process: this.#process,
      rows,
      more: matching > rows.length,
      next: count,
      skipped: from === undefined ? 0 : matching - rows.length + lost,
      capture: this.#captures,
    };
  }

  #exchange(id: string): ExchangePart {
    const tools = this.#tools();
    const test: ExchangeTest = (record) => record.id === id;
    const [found, ...others] = id.startsWith('~') ? this.#named(id) : [...this.journal.newest(test)];
    return {
      found: found ? detailOf(found, tools) : null,
      others: others.slice(0, OTHERS_SHOWN).map((entry) => rowOf(entry, tools)),
      capture: this.#captures,
    };
  }

  /** The one of that name, if it is of this process and still there. */
  #named(name: string) {
    const [process, text] = name.slice(1).split('.');
    const no = Number(text);
    if (process !== this.#process || !Number.isSafeInteger(no)) return [];
    const [entry] = this.journal.newest(() => true, no + 1);
    return entry?.no === no ? [entry] : [];
  }

  #numberIn(numbers: Json | undefined): number | undefined {
    const number = isJsonObject(numbers) ? numbers[this.#process] : undefined;
    return typeof number === 'number' ? number : undefined;
  }

  #tools(): ViewTools {
    const { clock, redactor, costs, config } = this.#options;
    costs.load();
    const key = this.#keyOf(config());
    return {
      process: this.#process,
      now: clock.now(),
      monotonic: clock.monotonic(),
      price: (record) => priceOf(record, costs),
      clean: (text) => redactor.clean(text),
      keyed: (digest) => hash('sha256', key + digest, 'hex').slice(0, 16),
    };
  }

  /** The same in all processes with one configuration: what a digest is of cannot be found without the secrets that stand in it. */
  #keyOf(config: Config | undefined): string {
    if (this.#digestKey?.of !== config || this.#digestKey === undefined) {
      const secrets = config ? secretsOf(config).map((secret) => secret.reveal()) : [];
      this.#digestKey = { of: config, key: hash('sha256', `llmproxy journal\n${secrets.join('\n')}`, 'hex') };
    }
    return this.#digestKey.key;
  }
}

function testOf(filter: Json | undefined): ExchangeTest {
  return exchangeTest(isJsonObject(filter) ? filter : {});
}

function priceOf({ endpoint, model, tokens }: ExchangeRecord, costs: JournalEntryOptions['costs']): number | undefined {
  return endpoint === undefined || tokens === undefined
    ? undefined
    : costs.ofUsage({ endpoint, model: model ?? '', usage: tokens });
}
