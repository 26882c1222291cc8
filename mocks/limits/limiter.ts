import { modelFacts } from '../generation/models.ts';
import { costOf } from '../generation/prices.ts';
import type { Level } from './bucket.ts';
import type { Standing } from './headers.ts';
import { ModelBuckets } from './model-buckets.ts';
import type { LimitRefusal } from './refusal.ts';
import { quotaRefusal } from './refusal.ts';
import type { Allowance, LimitSettings, Quota } from './settings.ts';

/** Model names come from outside: beyond so many the oldest buckets are forgotten, which makes them full. */
const KEPT_MODELS = 1000;

/** A request as the limiter sees it. */
export interface LimitedRequest {
  /** API key, if it carries one. */
  readonly key: string | undefined;
  readonly model: string;
  readonly organization: string;
  /** Of the prompt, and the most that may be answered; asked for only where it matters, maybe more than once. */
  readonly tokens: () => number;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface Verdict {
  readonly refusal?: LimitRefusal | undefined;
  readonly standing: Standing;
}

export interface QuotaState {
  readonly limit: Quota;
  readonly spent: { readonly tokens: number; readonly usd: number };
}

/** What is left, as the control API shows it. */
export interface LimitReport {
  readonly settings: LimitSettings | null;
  readonly buckets: readonly {
    /** Null: the organization's. */
    readonly key: string | null;
    readonly model: string;
    readonly limits: Readonly<Record<string, Level>>;
  }[];
  readonly quotas: readonly (QuotaState & { readonly key: string | null })[];
}

interface Subject {
  readonly key: string | null;
  readonly allowance: Allowance;
  readonly models: Map<string, ModelBuckets>;
  readonly spent: { tokens: number; usd: number };
}

function exhausted({ allowance: { quota }, spent }: Subject): boolean {
  if (quota === undefined) return false;
  return spent.tokens >= (quota.tokens ?? Infinity) || spent.usd >= (quota.usd ?? Infinity);
}

/** Rate limits and quota of one organization. Several servers may share one. */
export class Limiter {
  readonly #initial: LimitSettings | undefined;
  #settings: LimitSettings | undefined;
  #subjects = new Map<string | null, Subject>();

  constructor(settings?: LimitSettings) {
    this.#initial = settings;
    this.#settings = settings;
  }

  /** Something is limited. */
  get active(): boolean {
    return this.#settings !== undefined;
  }

  /** Puts other limits in place, with full buckets and nothing spent. `undefined`: no limits. */
  set(settings: LimitSettings | undefined): void {
    this.#settings = settings;
    this.#subjects = new Map();
  }

  /** Back to the limits of the beginning. */
  reset(): void {
    this.set(this.#initial);
  }

  /** Reserves what the request asks for, or refuses it and reserves nothing. What was reserved is not given back. */
  admit(request: LimitedRequest): Verdict {
    const subject = this.#subjectOf(request.key);
    if (subject === undefined) return { standing: {} };
    const { model, organization, now } = request;
    const buckets = bucketsOf(subject, model, now);
    if (exhausted(subject)) return { refusal: quotaRefusal(), standing: buckets.standing(now) };
    const refusal = buckets.take({ model, organization, tokens: request.tokens }, now);
    return { refusal, standing: buckets.standing(now) };
  }

  /** Counts billed tokens against the quota. */
  charge(key: string | undefined, model: string, tokens: { readonly input: number; readonly output: number }): void {
    const subject = this.#subjectOf(key);
    if (subject === undefined) return;
    subject.spent.tokens += tokens.input + tokens.output;
    subject.spent.usd += costOf(model, tokens);
  }

  report(now: number): LimitReport {
    // Quotas are there before the first request.
    for (const key of [undefined, ...Object.keys(this.#settings?.keys ?? {})]) this.#subjectOf(key);
    const subjects = [...this.#subjects.values()];
    return {
      settings: this.#settings ?? null,
      buckets: subjects.flatMap(({ key, models }) =>
        [...models].map(([model, buckets]) => ({ key, model, limits: buckets.levels(now) })),
      ),
      quotas: subjects.flatMap(({ key, allowance: { quota }, spent }) =>
        quota === undefined ? [] : [{ key, limit: quota, spent: { ...spent } }],
      ),
    };
  }

  #subjectOf(key: string | undefined): Subject | undefined {
    const settings = this.#settings;
    if (settings === undefined) return undefined;
    const own = key === undefined ? undefined : settings.keys?.[key];
    const name = own === undefined || key === undefined ? null : key;
    const known = this.#subjects.get(name);
    if (known !== undefined) return known;
    const made = { key: name, allowance: own ?? settings, models: new Map(), spent: { tokens: 0, usd: 0 } };
    this.#subjects.set(name, made);
    return made;
  }
}

/** An alias and its snapshot share their buckets. */
function bucketsOf({ allowance, models }: Subject, model: string, now: number): ModelBuckets {
  const { snapshot } = modelFacts(model);
  const known = models.get(snapshot);
  if (known !== undefined) return known;
  const own = allowance.models?.[model] ?? allowance.models?.[snapshot];
  const made = new ModelBuckets({ ...allowance, ...own }, now);
  models.set(snapshot, made);
  if (models.size > KEPT_MODELS) {
    const oldest = models.keys().next();
    if (!oldest.done) models.delete(oldest.value);
  }
  return made;
}
