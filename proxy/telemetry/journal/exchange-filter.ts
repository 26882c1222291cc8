import type { CacheResult, ExchangeRecord } from '../exchange-record.ts';
import { pathOf } from './path-of.ts';

export const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];
export const CACHE_RESULTS = ['hit', 'miss', 'joined', 'stale', 'bypass', 'none'] as const satisfies CacheResult[];

/** Which exchanges are wanted; what is left out is not looked at. Texts are looked for anywhere and in any case. */
export interface ExchangeFilter {
  readonly model?: string;
  readonly endpoint?: string;
  readonly status?: StatusClass;
  readonly cache?: CacheResult;
  /** In the id or the name of the caller's virtual key. */
  readonly key?: string;
  /** In the id or the path. */
  readonly text?: string;
}

export type ExchangeTest = (record: ExchangeRecord) => boolean;

export function exchangeTest({ model, endpoint, status, cache, key, text }: ExchangeFilter): ExchangeTest {
  const tests: ExchangeTest[] = [];
  if (model !== undefined) tests.push(has(model, (record) => [record.model]));
  if (endpoint !== undefined) tests.push(has(endpoint, (record) => [record.endpoint]));
  if (status !== undefined) tests.push((record) => Math.floor(record.status / 100) === Number(status[0]));
  if (cache !== undefined) tests.push((record) => record.cache === cache);
  if (key !== undefined) tests.push(has(key, (record) => [record.key, record.keyName]));
  if (text !== undefined) tests.push(has(text, (record) => [record.id, pathOf(record)]));
  return (record) => tests.every((test) => test(record));
}

function has(wanted: string, read: (record: ExchangeRecord) => readonly (string | undefined)[]): ExchangeTest {
  const low = wanted.toLowerCase();
  return (record) => read(record).some((text) => text?.toLowerCase().includes(low));
}
