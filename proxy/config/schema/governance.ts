import { z } from 'zod';

import { choice, duration, flag, integer, secret, text } from './fields.ts';

const DAY = 86_400_000;

/** Addresses that `proxy/database/address.ts` reads: Postgres, a path with or without a scheme, memory. */
const DATABASE_URL = /^(?:$|postgres(?:ql)?:\/\/\S+$|(?:sqlite|file):.+$|:memory:$|(?![a-z][a-z\d+.-]+:).+$)/i;
const WEBHOOK_URL = /^https?:\/\/[^\s@]+$/i;
/** Whether a database address has a file beside which others can stand. */
const NO_FILE = /^(?:postgres(?:ql)?:|(?:sqlite|file)?:+memory:$)/i;

/** Whether the address, as the configuration may write it, is a file of this machine. */
export function isDatabaseFile(url: string): boolean {
  return !NO_FILE.test(url);
}

export const databaseSchema = z.strictObject({
  url: secret(
    '`sqlite:PATH`, `file:PATH` or a bare path; `:memory:`, which ends with the process; or `postgres://…`. Empty = the environment variable `LLMPROXY_DATABASE_URL`, else `./data/llmproxy.db`. The folder is made. `DATABASE_URL` is not read. Read once, at the start.',
    { expected: 'sqlite:PATH, file:PATH, a path, :memory: or postgres://host/name', pattern: DATABASE_URL },
  ).prefault(''),
});

export const governanceSchema = z.strictObject({
  budget_unit: choice('What `max_limit` of a budget is written in over `/api/governance`; usage is shown in it.', [
    'cents',
    'usd',
  ]).prefault('cents'),
  webhook: z
    .strictObject({
      url: text(
        'Where a warning is posted as JSON when a budget reaches 50, 80 and 100 percent, once in its window. No redirect is followed.',
        { expected: 'http://… or https://… without a user name', pattern: WEBHOOK_URL },
      ),
      secret: secret(
        'Signs the body: `x-llmproxy-signature: t=<unix seconds>,v1=<hex>`, HMAC-SHA-256 of `<unix seconds>.<body>`. Empty = no signature.',
      ).prefault(''),
    })
    .meta({ kind: 'section', description: 'Hears of budgets.' })
    .optional(),
  ledger_retention: duration('How long a row of the ledger is kept.', { min: DAY, max: 3_650 * DAY }).prefault('400d'),
  audit_retention: duration('How long a change of keys, users, teams and customers stays in the audit log.', {
    min: DAY,
    max: 3_650 * DAY,
  }).prefault('400d'),
  poll: duration(
    'How often changes that other replicas have made are looked for in the database. With Redis they are announced, and come sooner. Read once, at the start.',
    { min: 100, max: 60_000 },
  ).prefault('500ms'),
});

const MODELS = '`*` or a list of model names';

/** All models, or some: names, exact or ending in `*`. */
const planModels = z
  .unknown()
  .transform((value, context): '*' | readonly string[] => {
    if (value === '*') return '*';
    const isName = (name: unknown): boolean => typeof name === 'string' && name !== '' && name.length <= 256;
    if (Array.isArray(value) && value.length <= 1_000 && value.every(isName)) return value as string[];
    context.issues.push({ code: 'custom', message: MODELS, input: value });
    return z.NEVER;
  })
  .meta({
    kind: MODELS,
    description: 'Models of the plan: names, exact or ending in `*`.',
    json: {
      anyOf: [
        { const: '*' },
        { type: 'array', maxItems: 1_000, items: { type: 'string', minLength: 1, maxLength: 256 } },
        { type: 'string', pattern: String.raw`\$\{` },
      ],
    },
  });

const CENTS = { min: 0, max: 1_000_000_000_000 };

export const plansSchema = z.record(
  z.string().min(1).max(256),
  z.strictObject({
    models: planModels.prefault('*'),
    managed: flag('Whether requests may be sent with the credentials of the proxy.').prefault(true),
    own_credentials: flag('Whether a user may bring credentials of their own.').prefault(true),
    monthly_budget_cents: integer('What a calendar month (UTC) may cost.', CENTS).optional(),
    max_cost_per_request_cents: integer('What one request may cost by its estimate.', CENTS).optional(),
  }),
);
