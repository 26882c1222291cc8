import type { ExchangeAnswer, ExchangeNews } from '../../admin/dashboard/exchange-lists.ts';
import type { ExchangeFilter } from '../../telemetry/journal/exchange-filter.ts';
import type { AttemptView, BodyView, ExchangeRow } from '../../telemetry/journal/views.ts';
import { ask, listen, type Listening } from '../client.ts';

export type { AttemptView, BodyView, ExchangeAnswer, ExchangeNews, ExchangeRow };
/** What a list is narrowed by; an empty text counts as none. */
export type Wanted = { readonly [Name in keyof ExchangeFilter]: string };

const PATH = '/api/admin/exchanges';

export const exchangesApi = {
  /** By `x-request-id`, or by `entry` of a row. */
  one: (id: string) => ask<ExchangeAnswer>('GET', `${PATH}/${encodeURIComponent(id)}`),
  events: (wanted: Wanted, on: Listening<ExchangeNews>) => listen(`${PATH}/events?${new URLSearchParams(wanted).toString()}`, on),
};
