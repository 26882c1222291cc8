import type { JsonObject } from '../../core/json.ts';
import { CACHE_RESULTS, STATUS_CLASSES } from '../../telemetry/journal/exchange-filter.ts';
import { MOST_NEWS, MOST_ROWS } from '../dashboard/exchange-lists.ts';
import { GUARDED, error } from './control-operations.ts';
import { amount, answer, arrayOf, mapTo, named, object, pathParameter, queryParameter, text, whole } from './parts.ts';
import type { Operations } from './parts.ts';

const flag: JsonObject = { type: 'boolean' };
const textOrNull: JsonObject = { type: ['string', 'null'] };
const amountOrNull: JsonObject = { type: ['number', 'null'], minimum: 0 };
const orNull = (schema: JsonObject): JsonObject => ({ anyOf: [schema, { type: 'null' }] });
const instant: JsonObject = { ...amount, description: 'Milliseconds since 1970.' };

const ROW: JsonObject = {
  entry: text({ description: '`~PROCESS.NUMBER`: names it also where a client uses an id twice.' }),
  id: text({ description: '`x-request-id`.' }),
  at: instant,
  ms: amount,
  ttft_ms: amountOrNull,
  method: text(),
  path: text({ description: 'Without its query.' }),
  operation: text(),
  model: textOrNull,
  endpoint: textOrNull,
  cache: { enum: [...CACHE_RESULTS] },
  status: whole,
  ended_by: { enum: ['client', 'proxy', 'upstream'] },
  ended_in: text({ description: 'Name of a stage, or `done`.' }),
  stream: flag,
  attempts: whole,
  hedged: flag,
  error: textOrNull,
  tokens: orNull(object({ input: amount, output: amount, cachedInput: amount }, ['cachedInput'])),
  cost: { ...amountOrNull, description: 'US dollars; null where they are unknown.' },
  saved: { ...amountOrNull, description: 'US dollars that the cache, or another request, has spared.' },
  key: textOrNull,
  key_name: textOrNull,
};
const row = named('ExchangeRow', object(ROW));
const capture: JsonObject = { ...flag, description: 'Whether bodies are kept (`admin.capture`).' };

const span = { begin: amount, end: amountOrNull };
const body = object({ text: textOrNull, bytes: whole, cut: flag });
const attempt = object({
  ordinal: whole,
  endpoint: text(),
  provider: text(),
  origin: text(),
  model: textOrNull,
  hedged: flag,
  begin: amount,
  first_event: amountOrNull,
  end: amountOrNull,
  outcome: textOrNull,
  meaning: text(),
  fault: textOrNull,
  retry: textOrNull,
  blame: textOrNull,
  status: { type: ['integer', 'null'] },
  reason: textOrNull,
  translated_to: textOrNull,
  translated: amountOrNull,
});
const exchange = named(
  'Exchange',
  object({
    ...ROW,
    stages: orNull(arrayOf(object({ name: text(), ...span }))),
    lookup: orNull(object({ tier: { enum: ['memory', 'redis', 'none'] }, ...span })),
    tries: arrayOf(attempt),
    cache_key: textOrNull,
    key_parts: orNull(mapTo(text())),
    made_for: textOrNull,
    headers: orNull(arrayOf({ type: 'array', items: text(), minItems: 2, maxItems: 2 })),
    bodies: orNull(object({ request: body, answer: body })),
    others: arrayOf(object({ entry: text(), at: instant, status: whole })),
    capture,
  }),
);

const FILTERS = [
  queryParameter('model', 'A part of its name.', text()),
  queryParameter('endpoint', 'A part of its id.', text()),
  queryParameter('status', 'Class of the status.', { enum: [...STATUS_CLASSES] }),
  queryParameter('cache', 'How the cache took part.', { enum: [...CACHE_RESULTS] }),
  queryParameter('key', 'A part of the id or the name of the virtual key.', text()),
  queryParameter('text', 'A part of the request id or the path.', text()),
];
const REFUSED = { '400': answer('A parameter is not as it should be.', error), ...GUARDED };

/** The last exchanges, as the page of requests shows them. */
export const EXCHANGES_OPERATIONS: Operations = {
  'GET /api/admin/exchanges': {
    id: 'listExchanges',
    summary: 'The last exchanges of all processes, newest first',
    description: 'Each process keeps its last 2,000.',
    tag: 'dashboard',
    parameters: [
      ...FILTERS,
      queryParameter('limit', 'Most rows.', { type: 'integer', minimum: 1, maximum: MOST_ROWS, default: 100 }),
      queryParameter('cursor', '`next` of the answer before.', text()),
    ],
    answers: {
      '200': answer('A page.', object({ exchanges: arrayOf(row), next: textOrNull, capture })),
      ...REFUSED,
    },
  },
  'GET /api/admin/exchanges/events': {
    id: 'streamExchanges',
    summary: 'Exchanges as they end, as server-sent events',
    description: `The newest ones first, then at most ${MOST_NEWS} each half second with the number of those that were skipped. At most 32 streams a process.`,
    tag: 'dashboard',
    parameters: FILTERS,
    answers: {
      '200': answer('`data:` of each event is `{exchanges, skipped, capture}` as JSON.', text(), 'text/event-stream'),
      '429': answer('Too many streams are open.', error),
      ...REFUSED,
    },
  },
  'GET /api/admin/exchanges/{id}': {
    id: 'getExchange',
    summary: 'One exchange with all that is known of it',
    description: 'Times are milliseconds since it came. Stages are marked while a page listens to exchanges.',
    tag: 'dashboard',
    parameters: [pathParameter('id', 'A request id, or `entry` of a row.')],
    answers: {
      '200': answer('The newest with that id.', exchange),
      '404': answer('None of that id is among the last ones.', error),
      ...GUARDED,
    },
  },
};
