const MASK = '***';

/**
 * What looks like a credential, wherever it stands: keys of the known providers, bearer and basic credentials, JSON and
 * header fields with telling names, user information and keys in URLs. Every quantifier runs over a closed class of
 * characters, so the time is linear in the text.
 */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(sk|rk|pk|gsk|xai|hf)([-_])[\w-]{8,}/g, `$1$2${MASK}`],
  [/\bAIza[\w-]{30,}/g, `AIza${MASK}`],
  [/\b(Bearer|Basic)\s+(?!\*\*\*)[\w.~+/=-]{4,}/gi, `$1 ${MASK}`],
  [
    /("(?:authorization|proxy-authorization|cookie|set-cookie|(?:x-)?api[-_]?key|x-goog-api-key|admin[-_]?token|password|secret)"\s*:\s*")(?:[^"\\]|\\.)*"/gi,
    `$1${MASK}"`,
  ],
  [
    /\b((?:proxy-)?authorization|cookie|set-cookie|(?:x-)?api[-_]?key|admin[-_]?token|password)(\s*[:=]\s*)(?!\*\*\*)[^\s"',;&}]+/gi,
    `$1$2${MASK}`,
  ],
  [/([?&](?:key|token|access_token)=)[^&\s"']+/gi, `$1${MASK}`],
  [/(:\/\/)[^\s/@"']+@/g, `$1${MASK}@`],
];

/** One cheap look that tells most texts need no work: whatever a shape above takes, this finds too. */
const SUSPECT =
  /\b(?:sk|rk|pk|gsk|xai|hf)[-_]|AIza|bearer|basic|authorization|cookie|key["\s]*[:=]|token["\s]*[:=]|password|secret|@/i;

/** Takes everything out of `text` that looks like a credential. */
export function scrub(text: string): string {
  if (!SUSPECT.test(text)) return text;
  let clean = text;
  for (const [shape, replacement] of SHAPES) clean = clean.replace(shape, replacement);
  return clean;
}

/** Shorter values are too likely to be ordinary words. */
const SHORTEST_KNOWN = 6;

/** Clean texts that are remembered, and how long each may be. */
const MAX_QUOTED = 1_024;
const MAX_QUOTED_LENGTH = 256;

/** `RegExp.escape` is not in every Node that users run. */
function escapeForm(form: string): string {
  return form.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

/** Scrubs what looks like a credential and, in addition, every occurrence of the credentials that are known. */
export class Redactor {
  #known: RegExp | undefined;
  readonly #quoted = new Map<string, string>();

  /** Replaces the known credentials; those shorter than six characters are left to the shapes. */
  know(secrets: Iterable<string>): void {
    const forms = new Set<string>();
    for (const secret of secrets) {
      if (secret.length < SHORTEST_KNOWN) continue;
      forms.add(secret);
      forms.add(JSON.stringify(secret).slice(1, -1));
    }
    const longestFirst = [...forms].toSorted((a, b) => b.length - a.length).map(escapeForm);
    this.#known = longestFirst.length === 0 ? undefined : new RegExp(longestFirst.join('|'), 'g');
    this.#quoted.clear();
  }

  clean(text: string): string {
    return scrub(this.#known === undefined ? text : text.replace(this.#known, MASK));
  }
  /** `text` as a JSON string, cleaned. For names that come again and again: most are looked up, not searched. */
  quoted(text: string): string {
    const known = this.#quoted.get(text);
    if (known !== undefined) return known;
    const made = this.clean(JSON.stringify(text));
    if (text.length > MAX_QUOTED_LENGTH) return made;
    if (this.#quoted.size >= MAX_QUOTED) this.#quoted.clear();
    this.#quoted.set(text, made);
    return made;
  }
}
