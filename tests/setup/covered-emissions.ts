import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Vitest } from 'vitest/node';
import type { Covered } from '../../tools/fidelity/covered.ts';
import type { Verdict } from './judge-emissions.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** How much of the conformance project a run was. */
export interface Scope {
  /** Every test of it ran, none left out by a name or a file. */
  readonly whole: boolean;
  /** Nothing else ran. */
  readonly alone: boolean;
}

/** Read when the run has ended. */
export function scopeOf({ config, state }: Vitest): Scope {
  const ran = state.getTestModules();
  const files = new Set(ran.map(({ moduleId }) => moduleId));
  const all = globSync('tests/conformance/**/*.test.ts', { cwd: ROOT });
  return {
    whole:
      config.testNamePattern === undefined &&
      process.env['LLMPROXY_LIVE'] !== '1' &&
      all.every((file) => files.has(resolve(ROOT, file))),
    alone: ran.every(({ project }) => project.name === 'conformance'),
  };
}

export function coveredBy({ operations, events }: Pick<Verdict, 'operations' | 'events'>): Covered {
  return { operations: [...operations.keys()].toSorted(), events: [...events.keys()].toSorted() };
}

/** In what a committed list is not what a run covered. Of a part of the tests nothing can be said; more tests may cover more. */
export function staleness(listed: Covered, covered: Covered, { whole, alone }: Scope): readonly string[] {
  if (!whole) return [];
  const without = (some: readonly string[], others: readonly string[]): readonly string[] =>
    some.filter((one) => !others.includes(one));
  const kinds = ['operations', 'events'] as const;
  return kinds.flatMap((kind) => [
    ...without(listed[kind], covered[kind]).map((name) => `listed and not emitted: ${name}`),
    ...(alone ? without(covered[kind], listed[kind]).map((name) => `emitted and not listed: ${name}`) : []),
  ]);
}
