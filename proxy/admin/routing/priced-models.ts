import { ProxyError } from '../../core/errors.ts';
import { decimalOf, plus, times, type Decimal } from '../../core/money.ts';
import { traitsOf } from '../../pipeline/auto/candidates.ts';
import type { AutoTools } from '../../pipeline/auto/types.ts';
import { publicName } from '../../pipeline/resolve.ts';
import type { ModelRuntime, Runtime } from '../../pipeline/runtime.ts';
import type { FoundPrice } from '../../usage/price-table.ts';
import type { RoutingCaller } from './caller.ts';

/** A configured model as its caller sees it. */
export type PricedModel = ReturnType<typeof traitsOf>;

/** What the models of a configuration are shown by. */
export interface ModelSources {
  readonly runtime: Pick<Runtime, 'models' | 'model' | 'governed'>;
  readonly known: Pick<AutoTools, 'catalogue' | 'prices'>;
  readonly caller: RoutingCaller;
}

/** The configured models that the caller may use, in the order of the configuration. */
export function pricedModels(sources: ModelSources): readonly PricedModel[] {
  const named = sources.runtime.models.filter(({ name }) => name !== '*');
  return named.flatMap((model) => {
    const priced = pricedModel(model, model.name, sources);
    return priced === undefined ? [] : [priced];
  });
}

/**
 * The model of that name that the caller may use. The model `*` has every name, so there a name counts only if it has a price.
 */
export function findPricedModel(name: string, sources: ModelSources): PricedModel | undefined {
  const model = sources.runtime.model(name);
  if (model === undefined || name === '*') return undefined;
  const priced = pricedModel(model, publicName(model, name), sources);
  return model.name === '*' && priced?.price === undefined ? undefined : priced;
}

function pricedModel(model: ModelRuntime, name: string, { runtime, known, caller }: ModelSources) {
  const permitted = permittedModel(model, name, { runtime, caller });
  return permitted === undefined ? undefined : traitsOf(permitted, name, known);
}

function permittedModel(
  model: ModelRuntime,
  name: string,
  { runtime, caller }: Pick<ModelSources, 'runtime' | 'caller'>,
): ModelRuntime | undefined {
  if (caller.kind === 'administrator' || runtime.governed === undefined) return model;
  try {
    return runtime.governed.stages.permittedModel({ holder: caller.holder }, model, name);
  } catch (error) {
    if (error instanceof ProxyError) return undefined;
    throw error;
  }
}

/** As the routes show it. Prices in US dollars per million tokens; null = unknown. */
export function modelView({ model, provider, traits, price }: PricedModel): object {
  return {
    model,
    provider,
    input: price?.entry.input ?? null,
    output: price?.entry.output ?? null,
    cached_input: price?.entry.cachedInput ?? null,
    source: price?.source ?? 'none',
    stale: price?.stale ?? false,
    context_window: traits.contextWindow,
    quality: traits.quality,
    tools: traits.tools,
    structured: traits.structured,
    vision: traits.vision,
  };
}

const HALF: Decimal = { units: 5n, scale: 1 };

/** The mean of input and output, exact; undefined where one of them has no price. */
export function averageOf(price: FoundPrice | undefined): Decimal | undefined {
  const { input, output } = price?.entry ?? {};
  if (input === undefined || output === undefined) return undefined;
  return times(plus(decimalOf(input), decimalOf(output)), HALF);
}

/** The nearest double, which JSON writes in the digits of the decimal. */
export function numberOf({ units, scale }: Decimal): number {
  return Number(`${units}e${-scale}`);
}
