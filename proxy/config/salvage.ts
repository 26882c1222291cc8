import type { z } from 'zod';

import { configSchema } from './schema/index.ts';
import type { ConfigInput } from './schema/index.ts';

/** What is left of a faulty configuration, so that the checks over the whole can still find their faults in it. */
export interface Salvage {
  readonly input: ConfigInput;
  /** Top-level sections in which something is broken: what is read out of them proves nothing. */
  readonly broken: ReadonlySet<string>;
}

function without(record: Record<string, unknown>, names: ReadonlySet<unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name)));
}

/** Takes the sections, and of `models` the single models, out that have an issue; undefined when nothing is left. */
export function salvage(value: unknown, issues: readonly z.core.$ZodIssue[]): Salvage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const broken = new Set<string>();
  const models = new Set<unknown>();
  const unknown = new Set<string>();
  for (const issue of issues) {
    const [section, name] = issue.path;
    if (section === undefined && issue.code === 'unrecognized_keys') issue.keys.forEach((key) => unknown.add(key));
    if (typeof section === 'string') broken.add(section);
    if (section === 'models' && name !== undefined) models.add(name);
  }
  const kept = without(value as Record<string, unknown>, new Set([...broken, ...unknown]));
  const given: unknown = (value as Record<string, unknown>)['models'];
  const readable = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (broken.has('models')) kept['models'] = readable ? without(given as Record<string, unknown>, models) : {};
  const result = configSchema.safeParse(kept);
  return result.success ? { input: result.data, broken } : undefined;
}
