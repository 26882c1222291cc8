import { decimalOf, type Decimal } from '../core/money.ts';
import type { PriceEntry, PriceTier } from '../core/price.ts';

/** US dollars for one token, exact. */
export interface TokenPrices {
  readonly input?: Decimal;
  readonly output?: Decimal;
  readonly cachedInput?: Decimal;
  readonly cacheWrite?: Decimal;
  readonly reasoning?: Decimal;
  readonly audioInput?: Decimal;
  readonly audioOutput?: Decimal;
}

/** A price entry ready to be multiplied: US dollars for one unit, everything that an entry leaves out filled in. */
export interface Price {
  readonly tokens: TokenPrices;
  readonly image?: Decimal;
  readonly second?: Decimal;
  readonly request?: Decimal;
  readonly batch: Decimal;
  /** The highest `above` first. */
  readonly tiers: readonly { readonly above: number; readonly tokens: TokenPrices }[];
}

const BATCH = 0.5;

/** Whether the entry prices some unit. One that does not says nothing of the model, least of all that it is free. */
export function hasPrice({ input, output, image, second, request }: PriceEntry): boolean {
  return [input, output, image, second, request].some((unit) => unit !== undefined);
}

/** Undefined where the entry prices no unit. */
export function compilePrice(entry: PriceEntry): Price | undefined {
  if (!hasPrice(entry)) return undefined;
  const { image, second, request } = entry;
  return {
    tokens: tokenPrices(entry, undefined),
    ...each({ image, second, request }, decimalOf),
    batch: decimalOf(entry.batch ?? BATCH),
    tiers: (entry.tiers ?? [])
      .toSorted((a, b) => b.above - a.above)
      .map((tier) => ({ above: tier.above, tokens: tokenPrices(entry, tier) })),
  };
}

function tokenPrices(entry: PriceEntry, tier: PriceTier | undefined): TokenPrices {
  const input = tier?.input ?? entry.input;
  const output = tier?.output ?? entry.output;
  return each(
    {
      input,
      output,
      cachedInput: tier?.cachedInput ?? entry.cachedInput ?? input,
      cacheWrite: tier?.cacheWrite ?? entry.cacheWrite ?? input,
      reasoning: entry.reasoning ?? output,
      audioInput: entry.audioInput ?? input,
      audioOutput: entry.audioOutput ?? output,
    },
    perToken,
  );
}

function perToken(perMillion: number): Decimal {
  const { units, scale } = decimalOf(perMillion);
  return { units, scale: scale + 6 };
}

type Numbers = Readonly<Record<string, number | undefined>>;

function each<T extends Numbers>(values: T, read: (value: number) => Decimal): { [K in keyof T]?: Decimal } {
  const known = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, read(value)]]));
  return Object.fromEntries(known) as { [K in keyof T]?: Decimal };
}
