import { z } from 'zod';

import { adminSchema } from './admin.ts';
import { autoSchema, pricingSchema } from './auto.ts';
import { cacheSchema } from './cache.ts';
import { credentialsSchema, gatewaySchema, providersSchema } from './gateway.ts';
import { databaseSchema, governanceSchema, plansSchema } from './governance.ts';
import { modelsSchema } from './models.ts';
import { catalogSchema, pricesSchema } from './prices.ts';
import { redisSchema } from './redis.ts';
import { responsesSchema } from './responses.ts';
import { routingSchema } from './routing.ts';
import { authSchema, logSchema, passthroughSchema, serverSchema } from './server.ts';
import { telemetrySchema } from './telemetry.ts';

/** The whole file. Types, defaults and the manual's sentences stand here and nowhere else. */
export const configSchema = z.strictObject({
  server: serverSchema
    .meta({ kind: 'section', description: 'Where the proxy listens, and what it takes.' })
    .prefault({}),
  auth: authSchema.meta({ kind: 'section', description: 'Who may operate the proxy.' }).prefault({}),
  admin: adminSchema.meta({ kind: 'section', description: 'The dashboard.' }).prefault({}),
  redis: redisSchema
    .meta({
      kind: 'section',
      description:
        'What replicas share: stored answers, ejected endpoints, the endpoints that own response ids. A Redis that is missing or slow costs the sharing, never an answer.',
    })
    .prefault({}),
  cache: cacheSchema
    .meta({
      kind: 'section',
      description: 'Answers that are stored. Everything but `memory` can be said for one model alone.',
    })
    .prefault({}),
  responses: responsesSchema
    .meta({
      kind: 'section',
      description:
        'Responses and conversations that the proxy keeps, for models with an endpoint whose `responses` is not `native`: on Redis where there is one, with a copy in memory, encrypted there with `cache.key_file`. What a caller has made only the same virtual key, else the same credential, can see.',
    })
    .prefault({}),
  routing: routingSchema
    .meta({
      kind: 'section',
      description: 'When another endpoint is tried. All of it can be said for one model alone.',
    })
    .prefault({}),
  log: logSchema.meta({ kind: 'section', description: 'What is written, to standard error.' }).prefault({}),
  telemetry: telemetrySchema
    .meta({
      kind: 'section',
      description: 'Spans of OpenTelemetry, where the environment has them exported (docs/tracing.md).',
    })
    .prefault({}),
  passthrough: passthroughSchema
    .meta({ kind: 'section', description: 'Routes that the proxy does not read.' })
    .prefault({}),
  prices: pricesSchema
    .meta({
      kind: 'names and prices',
      description:
        'What models cost. A model has the price of the entry with its own name, else without `PROVIDER/`, else without a date or `-latest` at its end, else of the longest entry that ends in `*` and begins it; case does not count. Before it counts the `price` of an endpoint, after it what the proxy knows of itself. A model that has no price anywhere costs an unknown amount, never nothing.',
    })
    .optional(),
  catalog: catalogSchema
    .meta({
      kind: 'names and models',
      description: 'What models can do. Names are found as those of `prices`.',
    })
    .optional(),
  pricing: pricingSchema.meta({ kind: 'section', description: 'A table of prices that is fetched.' }).optional(),
  auto: autoSchema
    .meta({
      kind: 'section',
      description:
        'The model `auto`: the proxy reads how hard a request is and picks the model with the most quality for its price that may, can and is able to answer (docs/auto.md). A model of `models` that is called `auto` takes its place.',
    })
    .optional(),
  database: databaseSchema
    .meta({
      kind: 'section',
      description:
        'Where virtual keys, users, budgets and the ledger are kept. This section or `governance`, even empty (`database: {}`), turns virtual keys, limits, the ledger and `/api/governance` on; without both no database is opened and headers with virtual keys mean nothing. Values of keys are encrypted under the environment variable `LLMPROXY_MASTER_KEY`; without it, for SQLite on a loopback address only, under a key file beside the database.',
    })
    .optional(),
  governance: governanceSchema
    .meta({ kind: 'section', description: 'Virtual keys, budgets, limits, the ledger.' })
    .optional(),
  providers: providersSchema
    .meta({
      kind: 'names and providers',
      description:
        'Providers by name: where their APIs are, the operator’s key, the model that is used where none is named. Users may store keys of their own for each of them, beside `openai`, `google` and `anthropic`.',
    })
    .optional(),
  credentials: credentialsSchema
    .meta({
      kind: 'section',
      description: 'Keys of providers that users store for themselves (docs/credentials.md). Needs `database`.',
    })
    .optional(),
  gateway: gatewaySchema
    .meta({ kind: 'section', description: 'The API for services, `/api/v1` (docs/gateway.md). Needs `database`.' })
    .optional(),
  plans: plansSchema
    .meta({
      kind: 'names and plans',
      description:
        'Plans that `plan` of a customer may name; `default` is the plan of everyone else, callers without a key included. A key that the user has stored opens every model, where `own_credentials` is true. Needs `database`.',
    })
    .optional(),
  models: modelsSchema.meta({
    kind: 'names and models',
    description:
      'The models by the names that clients ask for. The name `"*"` takes every other one and passes it on unchanged.',
  }),
});

export type ConfigInput = z.output<typeof configSchema>;
export type ModelInput = ConfigInput['models'][string];
export type EndpointInput = ModelInput['endpoints'][number];
