/** One line, or set of lines, of a plot. */
interface Query {
  /** PromQL; `$__rate_interval`, `$instance` and `$model` are Grafana's to fill in. */
  readonly expr: string;
  /** Grafana's template of the name of each line. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly unit: 'reqps' | 'percentunit' | 's' | 'bytes' | 'short' | 'cps';
  readonly queries: readonly Query[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const OF = 'instance=~"$instance"';

function rate(metric: string, by: string, more = ''): string {
  return `sum by (${by}) (rate(${metric}{${OF}${more}}[$__rate_interval]))`;
}

function quantile(share: number, histogram: string, by: string, more = ''): string {
  return `histogram_quantile(${share}, ${rate(`${histogram}_bucket`, `le, ${by}`, more)})`;
}

function p50and95(histogram: string, by: string, more = ''): Query[] {
  return [0.5, 0.95].map((share) => ({
    expr: quantile(share, histogram, by, more),
    legend: `p${share * 100} {{${by}}}`,
  }));
}

/** The dashboard, row by row. A test asks each metric and each label of it of a running proxy. */
export const ROWS: readonly Row[] = [
  {
    title: 'Requests',
    panels: [
      {
        title: 'Requests by model',
        unit: 'reqps',
        queries: [{ expr: rate('llmproxy_requests_total', 'model', ', model=~"$model"'), legend: '{{model}}' }],
      },
      {
        title: 'Answers that are errors, by status',
        unit: 'reqps',
        queries: [
          {
            expr: rate('llmproxy_requests_total', 'status', ', model=~"$model", status=~"[45].."'),
            legend: '{{status}}',
          },
        ],
      },
      {
        title: 'Duration of requests, by what the cache did',
        unit: 's',
        queries: p50and95('llmproxy_request_duration_seconds', 'cache'),
      },
      {
        title: 'Cache hit share',
        unit: 'percentunit',
        queries: [
          {
            expr: `sum(rate(llmproxy_cache_total{${OF}, result="hit"}[$__rate_interval])) / sum(rate(llmproxy_cache_total{${OF}}[$__rate_interval]))`,
            legend: 'hits',
          },
        ],
      },
    ],
  },
  {
    title: 'Generations',
    panels: [
      {
        title: 'Time to first content',
        unit: 's',
        queries: p50and95(
          'gen_ai_server_time_to_first_token_seconds',
          'gen_ai_request_model',
          ', gen_ai_request_model=~"$model"',
        ),
      },
      {
        title: 'Duration of generations',
        unit: 's',
        queries: p50and95(
          'gen_ai_client_operation_duration_seconds',
          'gen_ai_request_model',
          ', gen_ai_request_model=~"$model"',
        ),
      },
      {
        title: 'Tokens per second, by model and side',
        unit: 'cps',
        queries: [
          {
            expr: rate(
              'gen_ai_client_token_usage_sum',
              'gen_ai_request_model, gen_ai_token_type',
              ', gen_ai_request_model=~"$model"',
            ),
            legend: '{{gen_ai_request_model}} {{gen_ai_token_type}}',
          },
        ],
      },
      {
        title: 'Tokens that are estimated',
        unit: 'cps',
        queries: [
          {
            expr: rate('llmproxy_estimated_tokens_total', 'model, type', ', model=~"$model"'),
            legend: '{{model}} {{type}}',
          },
        ],
      },
    ],
  },
  {
    title: 'Endpoints',
    panels: [
      {
        title: 'Attempts by outcome',
        unit: 'reqps',
        queries: [{ expr: rate('llmproxy_attempts_total', 'outcome'), legend: '{{outcome}}' }],
      },
      {
        title: 'Attempts by endpoint',
        unit: 'reqps',
        queries: [{ expr: rate('llmproxy_attempts_total', 'endpoint'), legend: '{{endpoint}}' }],
      },
      {
        title: 'In flight',
        unit: 'short',
        queries: [{ expr: `sum by (endpoint) (llmproxy_in_flight{${OF}})`, legend: '{{endpoint}}' }],
      },
      {
        title: 'Endpoints and operations that are out',
        unit: 'short',
        queries: [
          {
            expr: `max by (endpoint) (llmproxy_endpoint_state{${OF}, state="ejected"}) > 0`,
            legend: '{{endpoint}}',
          },
          {
            expr: `max by (endpoint, operation) (llmproxy_endpoint_operation_out{${OF}})`,
            legend: '{{endpoint}} {{operation}}',
          },
        ],
      },
      {
        title: 'Ejections',
        unit: 'reqps',
        queries: [
          {
            expr: rate('llmproxy_ejections_total', 'endpoint, outcome', ', origin="local"'),
            legend: '{{endpoint}} {{outcome}}',
          },
        ],
      },
      {
        title: 'Requests that wait for their turn',
        unit: 'short',
        queries: [{ expr: `sum by (queue) (llmproxy_queue_waiting{${OF}})`, legend: '{{queue}}' }],
      },
    ],
  },
  {
    title: 'Keys and the ledger',
    panels: [
      {
        title: 'Refused by keys, limits and budgets',
        unit: 'reqps',
        queries: [{ expr: rate('llmproxy_governance_refused_total', 'code'), legend: '{{code}}' }],
      },
      {
        title: 'Requests whose cost is unknown',
        unit: 'reqps',
        queries: [{ expr: rate('llmproxy_unpriced_requests_total', 'reason'), legend: '{{reason}}' }],
      },
      {
        title: 'Rows of the ledger that wait, and that are lost',
        unit: 'short',
        queries: [
          { expr: `sum(llmproxy_ledger_rows_waiting{${OF}})`, legend: 'waiting' },
          { expr: `sum(llmproxy_ledger_rows_dropped_total{${OF}})`, legend: 'lost' },
        ],
      },
    ],
  },
  {
    title: 'Process',
    panels: [
      {
        title: 'CPU',
        unit: 'percentunit',
        queries: [
          {
            expr: `rate(process_cpu_user_seconds_total{${OF}}[$__rate_interval]) + rate(process_cpu_system_seconds_total{${OF}}[$__rate_interval])`,
            legend: '{{instance}}',
          },
        ],
      },
      {
        title: 'Memory: resident, and answers in the cache',
        unit: 'bytes',
        queries: [
          { expr: `process_resident_memory_bytes{${OF}}`, legend: '{{instance}}' },
          { expr: `llmproxy_cache_bytes{${OF}}`, legend: '{{instance}} cache' },
        ],
      },
      {
        title: 'Lag of the event loop, p99',
        unit: 's',
        queries: [{ expr: `nodejs_eventloop_lag_seconds{${OF}, quantile="0.99"}`, legend: '{{instance}}' }],
      },
      {
        title: 'Redis and the database',
        unit: 'short',
        queries: [
          { expr: `min(llmproxy_redis_up{${OF}})`, legend: 'Redis' },
          { expr: `min(llmproxy_database_up{${OF}})`, legend: 'database' },
        ],
      },
    ],
  },
];
