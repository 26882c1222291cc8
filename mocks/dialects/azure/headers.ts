import type { DialectContext, HeaderList, Random } from '../reply.ts';

type Header = readonly [name: string, value: string];

const REGION = 'West Europe';
const REQUEST_LIMIT = 1000;
const TOKEN_LIMIT = 100_000;

function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((length) => random.hex(length)).join('-');
}

/** Plausible limits: resets are plain numbers of seconds. */
export function azureLimits(estimatedTokens: number): readonly Header[] {
  return [
    ['x-ratelimit-limit-requests', String(REQUEST_LIMIT)],
    ['x-ratelimit-remaining-requests', String(REQUEST_LIMIT - 1)],
    ['x-ratelimit-reset-requests', '1'],
    ['x-ratelimit-renewalperiod-requests', '60'],
    ['x-ratelimit-limit-tokens', String(TOKEN_LIMIT)],
    ['x-ratelimit-remaining-tokens', String(Math.max(0, TOKEN_LIMIT - estimatedTokens))],
    ['x-ratelimit-reset-tokens', '7'],
    ['x-ratelimit-renewalperiod-tokens', '60'],
  ];
}

/** Headers of every answer of Azure's gateway. */
export function azureHeaders(context: DialectContext, type: string, extra: readonly Header[] = []): HeaderList {
  const { random } = context;
  return [
    ['content-type', type],
    ['transfer-encoding', 'chunked'],
    ['apim-request-id', uuid(random)],
    ['strict-transport-security', 'max-age=31536000; includeSubDomains; preload'],
    ['x-content-type-options', 'nosniff'],
    ['x-ms-region', REGION],
    ['x-request-id', uuid(random)],
    ...extra,
  ];
}

/** What answers of a model have besides. */
export function deploymentHeaders(deployment: string, { random }: DialectContext): readonly Header[] {
  return [
    ['azureml-model-session', `d${random.hex(8)}`],
    ['x-ms-rai-invoked', 'true'],
    ['x-ms-is-spilled-over', 'false'],
    ...(deployment === '' ? [] : [['x-ms-deployment-name', deployment] as const]),
  ];
}
