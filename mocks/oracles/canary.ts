import { randomBytes } from 'node:crypto';
import type { JournalEntry } from '../journal/entry.ts';

/** Where a secret was found that should not have come so far. */
export interface Leak {
  /** Of the journal entry. */
  readonly request: string;
  /** `headers.authorization`, `body`, `path` … */
  readonly where: string;
}

/** A secret that exists nowhere else: give it to a client, and see with {@link leaksOf} whether it reaches the provider. */
export function canary(prefix = 'sk-canary-'): string {
  return `${prefix}${randomBytes(15).toString('hex')}`;
}

/** The secret as it is, and as it looks inside of the usual wrappings. */
function disguises(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // Base64 depends on what stands before it: of each of the three alignments the part that does not.
  const aligned = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(offset === 0 ? 0 : offset + 1, -2);
  });
  return [...new Set([secret, encodeURIComponent(secret), bytes.toString('hex'), ...aligned])];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Every place in which the secret came: headers, query, path or body; as it is, percent-encoded, in hexadecimal or base64. */
export function leaksOf(entries: readonly JournalEntry[], secret: string): readonly Leak[] {
  const looks = disguises(secret);
  const holds = (value: unknown): boolean => looks.some((look) => textOf(value).includes(look));
  return entries.flatMap(({ id, headers, query, path, body }) => {
    const named = [
      ...Object.entries(headers).map(([name, value]) => [`headers.${name}`, value] as const),
      ...Object.entries(query).map(([name, value]) => [`query.${name}`, value] as const),
      ['path', path] as const,
      ['body', body] as const,
    ];
    return named.filter(([, value]) => holds(value)).map(([where]) => ({ request: id, where }));
  });
}
