import { canonicalProvider } from '../core/provider-names.ts';

/** What users call providers whose canonical name is another one. */
const WORDS: Readonly<Record<string, string>> = { gemini: 'google' };

/** Providers that every user may store a key for, with what is known of them where the configuration says nothing. */
const KNOWN: Readonly<Record<string, { readonly display: string; readonly model: string }>> = {
  openai: { display: 'OpenAI', model: 'gpt-4o-mini' },
  gemini: { display: 'Google', model: 'gemini-2.5-flash' },
  anthropic: { display: 'Anthropic', model: 'claude-haiku-4-5' },
};

/** A provider as users of stored credentials see it. */
export interface CredentialProvider {
  /** As the API says it: `openai`, `google`, `anthropic`, or a name under `providers` in lower case. */
  readonly word: string;
  /** `openai`, `gemini`, `anthropic` … */
  readonly canonical: string;
  readonly display: string;
  /** Left out = neither the configuration nor this table names one. */
  readonly defaultModel?: string;
}

interface NamedProvider {
  readonly name: string;
  readonly defaultModel?: string;
}

/** The providers that keys may be stored for: the known ones, then those under `providers` in the order of the file. */
export function credentialProviders(configured: readonly NamedProvider[]): readonly CredentialProvider[] {
  const found = new Map<string, CredentialProvider>();
  for (const canonical of Object.keys(KNOWN)) found.set(canonical, providerAs(canonical, undefined));
  for (const { name, defaultModel } of configured) {
    const canonical = canonicalProvider(name);
    found.set(canonical, providerAs(canonical, defaultModel ?? found.get(canonical)?.defaultModel, name));
  }
  return [...found.values()];
}

/** The one of that canonical name. */
export function credentialProvider(
  configured: readonly NamedProvider[],
  canonical: string,
): CredentialProvider | undefined {
  return credentialProviders(configured).find((provider) => provider.canonical === canonical);
}

/** The one that users call by this word, in any case. */
export function credentialProviderBy(
  configured: readonly NamedProvider[],
  word: string,
): CredentialProvider | undefined {
  const lower = word.toLowerCase();
  return credentialProviders(configured).find((provider) => provider.word === lower);
}

function providerAs(canonical: string, model: string | undefined, name = canonical): CredentialProvider {
  const known = Object.hasOwn(KNOWN, canonical) ? KNOWN[canonical] : undefined;
  const defaultModel = model ?? known?.model;
  return {
    word: credentialWord(canonical),
    canonical,
    display: known?.display ?? name,
    ...(defaultModel === undefined ? {} : { defaultModel }),
  };
}

/** What users call the provider of that canonical name. */
export function credentialWord(canonical: string): string {
  return Object.hasOwn(WORDS, canonical) ? (WORDS[canonical] ?? canonical) : canonical;
}
