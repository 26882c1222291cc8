/** Names that mean the same provider. */
const ALIASES: Readonly<Record<string, string>> = { claude: 'anthropic', google: 'gemini', vertex: 'gemini' };

/** The one name of a provider, whatever case or alias it was written in. */
export function canonicalProvider(name: string): string {
  const lower = name.toLowerCase();
  return Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] ?? lower) : lower;
}
