import type { ExchangeRecord } from '../exchange-record.ts';

/** Path without query, which may hold a key. */
export function pathOf({ path }: Pick<ExchangeRecord, 'path'>): string {
  const mark = path.indexOf('?');
  return mark === -1 ? path : path.slice(0, mark);
}
