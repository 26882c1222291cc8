import { availableParallelism } from 'node:os';
import { z } from 'zod';

import { ROUTE_FAMILIES } from '../../core/route-families.ts';
import { count, duration, flag, integer, secret, size, text, choice } from './fields.ts';
import { cors, trustedHosts } from './web.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const serverSchema = z.strictObject({
  host: text(
    'Address to listen on. Anything but a loopback address is refused unless `auth.require_key` or `server.allow_public` is set; `auth.admin_token` alone protects no model.',
    {
      expected: 'an IP address or a host name',
      pattern: /^\S+$/,
    },
  ).prefault('127.0.0.1'),
  port: integer('Port to listen on; 0 takes a free one, which the ready line names.', { min: 0, max: 65_535 }).prefault(
    4000,
  ),
  body_limit: size('Largest request body. A larger one is answered with 413.', { min: 1_024, max: 2 ** 30 }).prefault(
    '32MiB',
  ),
  drain_timeout: duration(
    'How long running answers may go on after a stop signal. Then streams end with an error event, other clients get 503, and the exit code is 1.',
    {
      min: 0,
      max: DAY,
    },
  ).prefault('10m'),
  stream_keepalive: duration(
    'Silence after which the client of a stream gets a comment line, with status 200 when no endpoint has begun to answer; 0 = none. Failover goes on behind it, and a later failure comes as an error event.',
    { min: 0, max: DAY },
  ).prefault('30s'),
  response_sockets: integer(
    'WebSockets of `/v1/responses` that may be open at once; one more is refused with 503. A frame of a client may be as large as `server.body_limit`.',
    { min: 0, max: 100_000 },
  ).prefault(1_000),
  max_concurrency: integer(
    'Answers of operations (chat completions, Responses, messages …) that may be in the making at endpoints at the same time, in this process and its `workers` together. One more waits (`queue`); what the cache answers and who joins a running answer does not. Default: any number.',
    { min: 1, max: 1_000_000 },
  ).optional(),
  queue: z
    .strictObject({
      size: integer(
        'Requests that may wait for `server.max_concurrency`, and for the endpoints of each model that have a `max_concurrency`. Callers (virtual keys, else credentials) take turns. One more is refused with 503, or with 429 where no caller has more requests in the queue; a caller with fewer takes the newest place of one with more. 0 = none waits.',
        { min: 0, max: 100_000 },
      ).prefault(1_000),
      timeout: duration('How long a request may wait; then it is refused with 503.', { min: 1, max: HOUR }).prefault(
        '30s',
      ),
      weights: z
        .record(z.string().min(1).max(256), integer('Turns.', { min: 1, max: 1_000 }))
        .meta({
          kind: 'names and numbers',
          description:
            'Turns in a round, and the part of a full queue, of callers where others have one: by the name or id of a virtual key, else of its user, team or customer (then each of its keys has them). Only with `database` or `governance`.',
        })
        .prefault({}),
    })
    .prefault({}),
  workers: count(
    'Processes that answer requests on the one port. `auto` = as many as there are cores for this process. With more than 1, what is of the whole and what each has for itself stands in docs/workers.md; virtual keys (`database`, `governance`) then need `redis`.',
    { max: 256, auto: availableParallelism },
  ).prefault(1),
  allow_public: flag(
    'Lets the proxy listen on an address that others can reach. Without `auth.require_key`, every program that reaches it can use the models, and so the keys of their endpoints.',
  ).prefault(false),
  tls: z
    .strictObject({
      cert: text('File with the certificate, and after it those of its issuers, in PEM.'),
      key: text('File with its private key in PEM, without a passphrase.'),
    })
    .meta({
      kind: 'section',
      description:
        'Serves HTTPS and `wss:` in place of HTTP and `ws:`. Paths are relative to the working directory; a reload reads the files again, so that a certificate can be renewed.',
    })
    .optional(),
  trusted_hosts: trustedHosts.optional(),
  cors: cors.prefault(''),
});

export const authSchema = z.strictObject({
  admin_token: secret(
    'Bearer token for everything that operates the proxy: `/stats`, `/metrics`, `DELETE /cache`, `/api/governance`. Empty = none; with `database` or `governance` one is then made at the first start, in a file beside the SQLite database that a line of the log names.',
    { expected: 'a token without spaces, or nothing', pattern: /^\S*$/ },
  ).prefault(''),
  admin: choice(
    '`token`: the token is always needed. `loopback`: it is not needed while `server.host` is a loopback address. `open`: never needed, accepted on a loopback address only. Default: `token` when there is an `admin_token`, or with `database` or `governance`; else `loopback`. With one of these sections a request without the token that another proxy has passed on (`forwarded`, `x-forwarded-*`, `x-real-ip`, `via`) is refused.',
    ['token', 'loopback', 'open'],
  ).optional(),
  require_key: flag(
    'Refuses requests to models that bring no virtual key, with 401. Without `database` or `governance` there are none, so it then refuses every one. Default: true with one of these sections where `server.host` is no loopback address, else false.',
  ).optional(),
});

export const logSchema = z.strictObject({
  level: choice('The least serious line that is written. `info` has one line a request.', [
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'silent',
  ]).prefault('info'),
  format: choice('`text` for people, `json` for machines; `auto` = text on a terminal, else JSON.', [
    'auto',
    'json',
    'text',
  ]).prefault('auto'),
});

export const passthroughSchema = z.strictObject({
  model: text(
    'Model whose endpoints take the routes that name no model (files, batches …). Default: the first model.',
    {
      expected: 'the name of a model',
      pattern: /\S/,
    },
  ).optional(),
  allow: z
    .array(choice('A family of routes.', ROUTE_FAMILIES))
    .meta({
      kind: `list of ${ROUTE_FAMILIES.map((name) => `\`${name}\``).join(' ')}`,
      description:
        'Families of routes that are passed through; a request to any other is answered with 403. A family is called after the first segment of its path; `webhooks` are `webhook_endpoints` and `webhook_event_types`, `model_methods` are methods of models in Gemini’s API that are no operation, `other` is every path that is in no family. Models named in a body, form, query or path are checked against `models`. Batches, fine-tuning results, assistants, evals and stored prompts name models inside stored objects, and a transcription session in its own settings: there they cannot be checked. Default: all but `organization` and `projects`; with `auth.require_key` and without virtual keys those alone whose requests name their model. A virtual key that is limited to some models or providers takes a route that names no model only where this setting is written and names its family.',
      choices: ROUTE_FAMILIES,
    })
    .optional(),
  replay_limit: size(
    'Largest body of a passed-through request that is held in memory, so that it can be sent to the next endpoint when one fails. A larger one that may name a model goes through a temporary file, up to `server.body_limit`, and is sent once.',
    { min: 1_024, max: 2 ** 28 },
  ).prefault('4MiB'),
});
