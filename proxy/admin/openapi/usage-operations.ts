import type { JsonObject } from '../../core/json.ts';
import { GROUP_COLUMNS } from '../../usage/ledger.ts';
import { DEFAULT_LIMIT, MOST_ROWS } from '../../usage/report-query.ts';
import { BASE, REFUSED, textOrNull, WRONG } from './governance-operations.ts';
import { arrayOf, named, object, queryParameter, text, time, whole } from './parts.ts';
import type { Operations } from './parts.ts';

const SUMS = object({
  requests: whole,
  cached_requests: whole,
  errors: whole,
  input_tokens: whole,
  cached_tokens: whole,
  output_tokens: whole,
  cost_usd: { type: 'number' },
  saved_by_cache_usd: { type: 'number' },
  saved_by_routing_usd: { type: 'number' },
  unpriced_requests: { ...whole, description: 'Requests whose price is not known; their cost is in no sum.' },
});
const NAMED = ['virtual_key', 'user', 'team', 'customer'].flatMap((name) => [`${name}_id`, `${name}_name`]);
const GROUPS: JsonObject = Object.fromEntries(
  [...NAMED, 'model', 'endpoint', 'provider', 'day'].map((name) => [name, textOrNull]),
);
const row: JsonObject = {
  ...SUMS,
  properties: { ...GROUPS, ...(SUMS['properties'] as JsonObject) },
};

const instant = { ...time, description: 'RFC 3339 with a zone.' };

export const USAGE_OPERATIONS: Operations = {
  [`GET ${BASE}/usage`]: {
    id: 'getUsageReport',
    summary: 'Where the money went',
    description: 'Rows of what `group_by` names, as JSON or as CSV (`format=csv`, or `Accept: text/csv`).',
    tag: 'usage',
    parameters: [
      {
        ...queryParameter('group_by', 'Columns by which the rows are grouped; none = one row.', {
          type: 'array',
          items: { type: 'string', enum: [...GROUP_COLUMNS] },
        }),
        style: 'form',
        explode: false,
      },
      queryParameter('from', 'First moment; default 30 days ago.', instant),
      queryParameter('to', 'End, exclusive; default now.', instant),
      queryParameter('tz', 'Time zone of the days; default UTC.', text({ format: 'time-zone' })),
      queryParameter('limit', 'Rows in the answer.', {
        type: 'integer',
        minimum: 1,
        maximum: MOST_ROWS,
        default: DEFAULT_LIMIT,
      }),
      queryParameter('offset', 'Rows to skip.', { ...whole, maximum: Number.MAX_SAFE_INTEGER }),
      queryParameter('format', 'In place of `Accept`.', text({ enum: ['csv', 'json'] })),
    ],
    answers: {
      '200': {
        description: 'The report.',
        content: {
          'application/json': {
            schema: named(
              'UsageReport',
              object({
                rows: arrayOf(named('UsageRow', row)),
                totals: named('UsageSums', SUMS),
                from: time,
                to: time,
                count: whole,
              }),
            ),
          },
          'text/csv': { schema: text() },
        },
      },
      ...WRONG,
      ...REFUSED,
    },
  },
};
