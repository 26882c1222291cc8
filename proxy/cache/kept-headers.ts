/** Sent with every replay, because they describe the answer; rate limits, cookies and hop-by-hop headers describe one connection. */
const KEPT = new Set(['content-type', 'x-request-id', 'request-id']);
const KEPT_PREFIX = 'openai-';

/** The headers of an answer that a recording keeps, names in lower case, in their order. */
export function keptHeaders(headers: readonly (readonly [string, string])[]): [string, string][] {
  const kept: [string, string][] = [];
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (KEPT.has(lower) || lower.startsWith(KEPT_PREFIX)) kept.push([lower, value]);
  }
  return kept;
}
