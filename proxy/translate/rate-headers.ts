import type { Family } from './conversation.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

interface Limit {
  readonly limit?: string;
  readonly remaining?: string;
  /** Milliseconds until it begins anew. */
  readonly resetMs?: number;
}

/** Limits that both families count. */
const COUNTED = ['requests', 'tokens'] as const;

/** Headers that say something of the account at the endpoint, in its family's words. */
const OF_FAMILY = /^(?:x-ratelimit|anthropic|openai)-/;
const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * The headers of an endpoint's answer for a client of another family. Its limits are those of the key that it was called with: they are
 * given, in the client's words, where that is the caller's own, and left out where it is the operator's. `now`: epoch milliseconds.
 */
export function translatedHeaders(
  headers: Pairs,
  families: { readonly from: Family; readonly to: Family },
  { callersCredential, now }: { readonly callersCredential: boolean; readonly now: number },
): Pairs {
  if (OPENAI.has(families.from) && OPENAI.has(families.to)) return headers;
  const plain = headers.filter(([name]) => !OF_FAMILY.test(name));
  if (!callersCredential) return plain;
  const given = Object.fromEntries(headers);
  const limits = COUNTED.flatMap((counted) => {
    const limit = families.from === 'messages' ? anthropicLimit(given, counted, now) : openAiLimit(given, counted);
    return families.to === 'messages'
      ? anthropicHeaders(limit, counted, now)
      : openAiHeaders(limit, counted, families.to);
  });
  return [...plain, ...limits];
}

/** One API, one form of headers. */
const OPENAI: ReadonlySet<Family> = new Set(['chat', 'responses']);

type GivenHeaders = Readonly<Record<string, string>>;

function openAiLimit(given: GivenHeaders, counted: string): Limit {
  return limitOf(
    given[`x-ratelimit-limit-${counted}`],
    given[`x-ratelimit-remaining-${counted}`],
    durationMs(given[`x-ratelimit-reset-${counted}`]),
  );
}

function anthropicLimit(given: GivenHeaders, counted: string, now: number): Limit {
  const name = `anthropic-ratelimit-${counted}`;
  const at = Date.parse(given[`${name}-reset`] ?? '');
  return limitOf(
    given[`${name}-limit`],
    given[`${name}-remaining`],
    Number.isNaN(at) ? undefined : Math.max(0, at - now),
  );
}

function limitOf(limit: string | undefined, remaining: string | undefined, resetMs: number | undefined): Limit {
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetMs === undefined ? {} : { resetMs }),
  };
}

/** Gemini has no such headers. */
function openAiHeaders({ limit, remaining, resetMs }: Limit, counted: string, to: Family): [string, string][] {
  if (to === 'gemini') return [];
  return present([
    [`x-ratelimit-limit-${counted}`, limit],
    [`x-ratelimit-remaining-${counted}`, remaining],
    [`x-ratelimit-reset-${counted}`, resetMs === undefined ? undefined : durationText(resetMs)],
  ]);
}

function anthropicHeaders({ limit, remaining, resetMs }: Limit, counted: string, now: number): [string, string][] {
  const name = `anthropic-ratelimit-${counted}`;
  // Anthropic tells the second.
  const reset = resetMs === undefined ? undefined : new Date(now + resetMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return present([
    [`${name}-limit`, limit],
    [`${name}-remaining`, remaining],
    [`${name}-reset`, reset],
  ]);
}

function present(pairs: readonly (readonly [string, string | undefined])[]): [string, string][] {
  return pairs.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
}

/** `6m0s`, `20ms`, `1.5s`. */
function durationMs(text: string | undefined): number | undefined {
  const parts = [...(text ?? '').matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * MS[unit as keyof typeof MS], 0);
}

/** The same, as OpenAI writes it. */
function durationText(ms: number): string {
  if (ms < MS.s) return `${Math.round(ms)}ms`;
  if (ms < MS.m) return `${Math.round(ms) / MS.s}s`;
  const seconds = Math.ceil(ms / MS.s);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  return `${hours > 0 ? `${hours}h` : ''}${minutes}m${seconds % 60}s`;
}
