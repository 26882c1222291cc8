import type { Endpoint } from './litellm-endpoint.ts';
import type { Members } from './members.ts';

export interface Model extends Record<string, unknown> {
  endpoints: Endpoint[];
}

type Models = Readonly<Record<string, Model>>;

const KINDS = {
  fallbacks: 'fallbacks',
  context_window_fallbacks: 'context_fallbacks',
  content_policy_fallbacks: 'content_policy_fallbacks',
} as const;

function nextOf(model: Model | undefined): string[] {
  return Object.values(KINDS).flatMap((kind) => (model?.[kind] as readonly string[] | undefined) ?? []);
}

/** Whether the fallbacks of `from` lead to `name`. */
function leadsTo(models: Models, from: string, name: string): boolean {
  const met = new Set([from]);
  for (const one of met) for (const next of nextOf(models[one])) met.add(next);
  return met.has(name);
}

/** Adds what can be asked in the place of `name`. Here a model that leads back to `name` cannot be, and `*` is no model. */
function add(
  models: Models,
  name: string,
  kind: string,
  wanted: readonly unknown[],
  remark: (message: string) => void,
): void {
  const model = models[name];
  if (model === undefined) return remark('is of a model that is not in the list');
  for (const one of wanted) {
    if (typeof one !== 'string' || one === '*' || models[one] === undefined) {
      remark('names something else than a model of the list');
    } else if (leadsTo(models, one, name)) {
      remark(`names ${one}, whose own fallbacks lead back to the model; it is left out`);
    } else {
      model[kind] = [...((model[kind] as readonly string[] | undefined) ?? []), one];
    }
  }
}

/** `[{a: [b, c]}]`: models that are asked in the place of `a`. */
export function fallbacksInto(models: Models, section: Members): void {
  for (const [theirs, ours] of Object.entries(KINDS)) {
    section.list(theirs).forEach((row, index) => {
      const rows = section.at(row, theirs, index);
      for (const name of rows.names())
        add(models, name, ours, rows.list(name), (message) => rows.remark(message, name));
    });
  }
  const rest = section.list('default_fallbacks');
  for (const [name, model] of Object.entries(models)) {
    if (rest.length === 0 || model['fallbacks'] !== undefined || name === '*') continue;
    const others = rest.filter((one) => one !== name);
    add(models, name, 'fallbacks', others, (message) => section.remark(`${message} (of ${name})`, 'default_fallbacks'));
  }
}
