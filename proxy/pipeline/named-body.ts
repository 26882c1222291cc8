import type { KeyBody } from '../cache/key.ts';
import type { JsonScan } from '../wire/json-scan.ts';
import { spliceMembers } from '../wire/json-splice.ts';

/** The body as a client writes it that names the model: both requests have one key in the cache. */
export function namedBody({ parsed, raw }: KeyBody, scan: JsonScan, name: string): KeyBody {
  if (parsed['model'] === undefined) return { parsed, raw };
  const value = JSON.stringify(name);
  return { parsed: { ...parsed, model: name }, raw: spliceMembers(raw, scan, [{ op: 'set', key: 'model', value }]) };
}
