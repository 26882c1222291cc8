import { assembleAside, type AssembledModel, type AssembleParts } from './assemble.ts';
import type { Config } from './config/config.ts';
import type { AssembleModel } from './govern/gateway/gateway-providers.ts';
import type { EndpointReading } from './routing/stats.ts';
import type { Catalog } from './telemetry/labels.ts';

/** Every endpoint as it is now. */
export function* readingsOf(models: ReadonlyMap<string, AssembledModel>): Generator<EndpointReading> {
  for (const { router } of models.values()) yield* router.readings();
}

/** What makes the models of providers that only services use. */
export function asideOf(parts: AssembleParts, within: Parameters<typeof assembleAside>[3]): AssembleModel {
  return (model, credential) => {
    const made = assembleAside(model, credential, parts, within);
    return { model: made, close: () => made.router.close() };
  };
}

/** The names that metrics may show. */
export function catalogOf(config: Config): Catalog {
  return {
    models: config.models.map(({ name }) => name),
    endpoints: config.models.flatMap(({ endpoints }) => endpoints.map(({ id, provider }) => ({ id, provider }))),
  };
}

/** Public names of models, without `*`. */
export function namesOf(models: ReadonlyMap<string, unknown>): string[] {
  return [...models.keys()].filter((name) => name !== '*');
}
