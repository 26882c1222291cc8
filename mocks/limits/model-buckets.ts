import type { Level } from './bucket.ts';
import { Bucket } from './bucket.ts';
import type { Standing } from './headers.ts';
import type { Excess, LimitKind, LimitRefusal } from './refusal.ts';
import { rateRefusal, tooLarge } from './refusal.ts';
import type { ModelLimits } from './settings.ts';

interface Kind extends LimitKind {
  readonly name: 'rpm' | 'rpd' | 'tpm';
  readonly windowMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** In the order in which they are checked. */
const KINDS: readonly Kind[] = [
  { name: 'rpm', unit: 'requests', label: 'requests per min (RPM)', windowMs: MINUTE_MS },
  { name: 'rpd', unit: 'requests', label: 'requests per day (RPD)', windowMs: DAY_MS },
  { name: 'tpm', unit: 'tokens', label: 'tokens per min (TPM)', windowMs: MINUTE_MS },
];

/** Who asks for what. */
export interface Demand {
  readonly model: string;
  readonly organization: string;
  /** Of the prompt, and the most that may be answered. */
  readonly tokens: () => number;
}

interface Held {
  readonly kind: Kind;
  readonly bucket: Bucket;
}

/** The buckets of one model. */
export class ModelBuckets {
  readonly #held: readonly Held[];

  constructor(limits: ModelLimits, now: number) {
    this.#held = KINDS.flatMap((kind) => {
      const limit = limits[kind.name];
      return limit === undefined ? [] : [{ kind, bucket: new Bucket(limit, kind.windowMs, now) }];
    });
  }

  /** Takes from every bucket, or from none and says why. */
  take(demand: Demand, now: number): LimitRefusal | undefined {
    for (const held of this.#held) {
      const refused = refusedBy(held, demand, now);
      if (refused) return refused;
    }
    for (const { kind, bucket } of this.#held) bucket.take(amountOf(kind, demand), now);
    return undefined;
  }

  standing(now: number): Standing {
    // Where there is a limit a day, the provider's headers speak of that one.
    return { requests: this.#level('rpd', now) ?? this.#level('rpm', now), tokens: this.#level('tpm', now) };
  }

  levels(now: number): Readonly<Record<string, Level>> {
    return Object.fromEntries(this.#held.map(({ kind, bucket }) => [kind.name, bucket.level(now)]));
  }

  #level(name: Kind['name'], now: number): Level | undefined {
    return this.#held.find(({ kind }) => kind.name === name)?.bucket.level(now);
  }
}

function amountOf(kind: Kind, demand: Demand): number {
  return kind.unit === 'requests' ? 1 : demand.tokens();
}

function refusedBy({ kind, bucket }: Held, demand: Demand, now: number): LimitRefusal | undefined {
  const requested = amountOf(kind, demand);
  const wait = bucket.waitMs(requested, now);
  if (wait === 0) return undefined;
  const { model, organization } = demand;
  const excess: Excess = { kind, model, organization, limit: bucket.limit, requested };
  if (wait === Infinity && kind.unit === 'tokens') return tooLarge(excess);
  const used = bucket.limit - bucket.level(now).remaining;
  return rateRefusal(excess, used, Number.isFinite(wait) ? wait : kind.windowMs);
}
