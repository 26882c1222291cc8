import type { ProviderEndpoint, ProviderRequestView } from './types.ts';

type Named = Pick<ProviderRequestView, 'facts'>;

/** The name that the endpoint knows the model by; undefined when the request names none. */
export function nameAtEndpoint({ facts }: Named, { upstreamModel }: ProviderEndpoint): string | undefined {
  return facts === undefined ? undefined : (upstreamModel ?? facts.model);
}

/** One segment of a path out of a model's name, which cannot lead to another path. */
export function segmentOf(name: string): string {
  // A segment of dots alone would be resolved away, encoded or not (RFC 3986 section 5.2.4).
  return encodeURIComponent(name.replace(/^\.+$/, '-'));
}

/**
 * The client's query with the parameters that the endpoint wants; an undefined one is taken out. What is not named stays
 * as the client wrote it.
 */
export function queryWith(query: string, own: Readonly<Record<string, string | undefined>>): string {
  const names = Object.keys(own);
  if (names.length === 0) return query;
  const kept = query.split('&').filter((part) => part !== '' && !names.includes(nameOf(part)));
  const set = Object.entries(own).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return [...kept, ...set].join('&');
}

function nameOf(part: string): string {
  const [name = ''] = part.split('=', 1);
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

export function pathWithQuery(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`;
}
