import { canonicalProvider } from '../core/provider-names.ts';
import type { KeyEntry } from './entries.ts';

type Lists = Pick<KeyEntry, 'allowedModels' | 'allowedProviders'>;

/**
 * Whether a key may use a model: its name without `PROVIDER/`, exactly or by an entry that ends in `*`; case counts. An
 * entry may have a provider before its name, which then must be that of the model (`provider`, where it is known).
 */
export function allowsModel({ allowedModels }: Lists, model: string, provider?: string): boolean {
  if (allowedModels === null) return true;
  const bare = bareName(model, provider);
  return allowedModels.some((entry) => matches(entry, model) || matches(bareName(entry, provider), bare));
}

export function allowsProvider({ allowedProviders }: Lists, provider: string): boolean {
  if (allowedProviders === null) return true;
  const canonical = canonicalProvider(provider);
  return allowedProviders.some((entry) => canonicalProvider(entry) === canonical);
}

/** `openai/gpt-4` → `gpt-4`; the name of another provider stays, and so does a slash in the name of a model. */
function bareName(model: string, provider: string | undefined): string {
  const slash = model.indexOf('/');
  if (slash <= 0) return model;
  const prefix = canonicalProvider(model.slice(0, slash));
  return provider === undefined || prefix === canonicalProvider(provider) ? model.slice(slash + 1) : model;
}

function matches(entry: string, model: string): boolean {
  return entry.endsWith('*') ? model.startsWith(entry.slice(0, -1)) : entry === model;
}
