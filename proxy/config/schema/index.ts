import { z } from 'zod';

import { cacheSchema } from './cache.ts';
import { modelsSchema } from './models.ts';
import { responsesSchema } from './responses.ts';
import { routingSchema } from './routing.ts';
import { authSchema, logSchema, passthroughSchema, redisSchema, serverSchema } from './server.ts';

/** The whole file. Types, defaults and the manual's sentences stand here and nowhere else. */
export const configSchema = z.strictObject({
  server: serverSchema
    .meta({ kind: 'section', description: 'Where the proxy listens, and what it takes.' })
    .prefault({}),
  auth: authSchema.meta({ kind: 'section', description: 'Who may operate the proxy.' }).prefault({}),
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
        'Responses and conversations that the proxy keeps, for models with an endpoint that keeps none (`endpoints[].responses`) or has none: on Redis where there is one, with a copy in memory, encrypted there with `cache.key_file`. What a caller has made only the same virtual key, else the same credential, can see.',
    })
    .prefault({}),
  routing: routingSchema
    .meta({
      kind: 'section',
      description: 'When another endpoint is tried. All of it can be said for one model alone.',
    })
    .prefault({}),
  log: logSchema.meta({ kind: 'section', description: 'What is written, to standard error.' }).prefault({}),
  passthrough: passthroughSchema
    .meta({ kind: 'section', description: 'Routes that the proxy does not read.' })
    .prefault({}),
  models: modelsSchema.meta({
    kind: 'names and models',
    description:
      'The models by the names that clients ask for. The name `"*"` takes every other one and passes it on unchanged.',
  }),
});

export type ConfigInput = z.output<typeof configSchema>;
export type ModelInput = ConfigInput['models'][string];
export type EndpointInput = ModelInput['endpoints'][number];
