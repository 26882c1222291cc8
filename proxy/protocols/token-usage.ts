import type { TokenUsage } from './types.ts';

const OPTIONAL = ['cachedInput', 'cacheWrite', 'audioInput', 'reasoning', 'audioOutput', 'images', 'seconds'] as const;

/** What two calls are billed together. A member that neither reports stays away. */
export function usageSum(a: TokenUsage | undefined, b: TokenUsage | undefined): TokenUsage | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const parts: { -readonly [Name in (typeof OPTIONAL)[number]]?: number } = {};
  for (const name of OPTIONAL) {
    if (a[name] !== undefined || b[name] !== undefined) parts[name] = (a[name] ?? 0) + (b[name] ?? 0);
  }
  return { input: a.input + b.input, output: a.output + b.output, ...parts };
}

/** A usage of these totals, with the parts that were reported. */
export function tokenUsage(
  totals: Pick<TokenUsage, 'input' | 'output'>,
  parts: { readonly [Name in (typeof OPTIONAL)[number]]?: number | undefined },
): TokenUsage {
  return { ...totals, ...Object.fromEntries(Object.entries(parts).filter(([, count]) => count !== undefined)) };
}
