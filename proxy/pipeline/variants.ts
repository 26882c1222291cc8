import { variantKey } from '../cache/key.ts';
import type { CacheHit } from '../cache/types.ts';
import type { Random } from '../core/random.ts';
import type { CachePlan, RequestContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** How many answers are kept for the request; 1 where equal requests are to have equal answers. */
export function variantsOf({ model, entry }: Pick<RequestContext, 'model' | 'entry'>): number {
  return model && entry?.sampled === true ? model.cache.variants : 1;
}

/** The key of one of the answers to a request with this key, for a request that reads none of them. */
export function anyVariant(key: string, variants: number, random: Random): string {
  return variantKey(key, Math.floor(random() * variants));
}

/**
 * Looks for all answers of a request that may have several. Where all are there, one of them at random is the hit, and a refusal is
 * one at once; else the key of the plan becomes that of the first that is missing or past its end, and its old answer, or
 * another one, may stand in. A request that may only be answered from the cache gets what there is.
 */
export function findVariant(
  { cache, random }: Pick<Runtime, 'cache' | 'random'>,
  plan: CachePlan,
  variants: number,
): CacheHit | undefined | Promise<CacheHit | undefined> {
  const keys = Array.from({ length: variants }, (_, number) => variantKey(plan.key, number));
  const hits = keys.map((key) => cache.fetch(key, plan.terms));
  const choose = (found: readonly (CacheHit | undefined)[]): CacheHit | undefined => {
    const { key, hit } = chosen(
      keys.map((one, number) => ({ key: one, hit: found[number] })),
      plan.controls.onlyIfCached,
      random,
    );
    plan.key = key;
    return hit;
  };
  return hits.some((hit) => hit instanceof Promise)
    ? Promise.all(hits.map((hit) => Promise.resolve(hit))).then(choose)
    : choose(hits as readonly (CacheHit | undefined)[]);
}

interface Variant {
  readonly key: string;
  readonly hit: CacheHit | undefined;
}

function chosen(variants: readonly Variant[], onlyIfCached: boolean, random: Random): Variant {
  const refused = variants.find(({ hit }) => hit?.recording.refusal);
  if (refused) return refused;
  const fresh = variants.filter(({ hit }) => hit?.fresh);
  const next = variants.find(({ hit }) => !hit?.fresh);
  const any = fresh[Math.floor(random() * fresh.length)];
  if (any && (next === undefined || onlyIfCached)) return any;
  if (next === undefined) throw new Error('an answer is either there or missing');
  if (next.hit) return next;
  const other = any?.hit ?? variants.find(({ hit }) => hit)?.hit;
  // One that is not the entry to be made may stand in for a failure alone.
  return { key: next.key, hit: other && { ...other, fresh: false } };
}
