import type { ConfigInput } from './schema/index.ts';
import { autoSchema, pricingSchema } from './schema/auto.ts';

/** The model `auto`. */
export interface AutoConfig {
  readonly enabled: boolean;
  /** Empty = every configured model that is in the catalogue. */
  readonly models: readonly string[];
  readonly reference: string;
  /** Models that are asked because one failed. */
  readonly attempts: number;
  readonly vision: 'route' | 'describe';
  readonly outputTokens: number;
  /** By complexity; what is left out has the default. */
  readonly fallbackOrder: Readonly<Partial<Record<'simple' | 'moderate' | 'complex' | 'advanced', readonly string[]>>>;
}

/** Where prices are fetched from. */
export interface PricingConfig {
  /** Left out = nowhere. */
  readonly url?: string;
  /** 0 = only when an administrator asks for it. */
  readonly refreshMs: number;
}

export function autoOf(input: ConfigInput['auto']): AutoConfig {
  const { enabled, models, reference, attempts, vision, output_tokens, fallback_order } = input ?? autoSchema.parse({});
  return {
    enabled,
    models,
    reference,
    attempts,
    vision,
    outputTokens: output_tokens,
    fallbackOrder: Object.fromEntries(Object.entries(fallback_order).filter(([, order]) => order !== undefined)),
  };
}

export function pricingOf(input: ConfigInput['pricing']): PricingConfig {
  const { url, refresh } = input ?? pricingSchema.parse({});
  return { ...(url === '' ? {} : { url }), refreshMs: refresh };
}
