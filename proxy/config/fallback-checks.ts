import type { Config, ModelConfig } from './config.ts';
import type { Findings } from './findings.ts';
import { suggest } from './suggest.ts';

/** Fallbacks are models of the configuration, and lead back to no model that they began with. */
export function fallbackModels({ models }: Pick<Config, 'models'>, findings: Findings): void {
  const next = new Map(models.map((model) => [model.name, namesOf(model)]));
  for (const { name, fallbacks } of models) {
    if (fallbacks === undefined) continue;
    const place = ['models', name, 'fallbacks'];
    const unknown = namesOf({ fallbacks }).find((one) => one === '*' || !next.has(one));
    if (unknown !== undefined) {
      const meant = suggest(unknown, [...next.keys()]);
      const hint = meant === undefined || meant === '*' ? '' : `; did you mean ${meant}?`;
      findings.fault(place, `expected names of models, found ${unknown}${hint}`);
    }
    const loop = loopFrom(name, next);
    if (loop) findings.fault(place, `expected models that do not lead back here, found ${loop.join(' > ')}`);
  }
}

function namesOf({ fallbacks }: Pick<ModelConfig, 'fallbacks'>): readonly string[] {
  if (fallbacks === undefined) return [];
  return [...new Set([...fallbacks.failed, ...fallbacks.contextTooLong, ...fallbacks.contentRefused])];
}

/** The shortest way from a model to itself, both ends included; undefined where there is none. */
function loopFrom(start: string, next: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const met = new Set<string>();
  const ways: (readonly string[])[] = [[start]];
  for (const way of ways) {
    for (const name of next.get(way.at(-1) ?? '') ?? []) {
      if (name === start) return [...way, name];
      if (met.has(name)) continue;
      met.add(name);
      ways.push([...way, name]);
    }
  }
  return undefined;
}
