import { json, Router } from 'express';
import { AGE_LIMITS_MS } from '../../cache/entry-ages.ts';
import { ProxyError } from '../../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { SoughtEntry, SoughtRequest } from '../../pipeline/find-entry.ts';
import { PROTOCOLS } from '../../protocols/table.ts';
import type { OperationId } from '../../protocols/types.ts';
import { cacheView, foundView, type CachePart } from './cache-view.ts';
import type { DashboardDeps } from './deps.ts';
import { membersOf, TEXT, type MemberRule } from './request-body.ts';

/** Bytes of a request that is looked for, with what stands around it. */
const MOST_BYTES = 1024 * 1024;

/** Operations whose answers may be stored. */
export const FINDABLE = Object.keys(PROTOCOLS) as readonly OperationId[];

const SOUGHT: Readonly<Record<string, MemberRule>> = {
  operation: {
    expected: `one of ${FINDABLE.join(', ')}`,
    isRequired: true,
    fits: (value) => typeof value === 'string' && Object.hasOwn(PROTOCOLS, value),
  },
  body: {
    expected: 'the JSON object of a request, or its text',
    isRequired: true,
    fits: (value) => typeof value === 'string' || isJsonObject(value),
  },
  model: TEXT,
  headers: {
    expected: 'an object of texts',
    fits: (value) => isJsonObject(value) && Object.values(value).every((one) => typeof one === 'string'),
  },
  key: TEXT,
};

/** `GET /cache`: how full the cache is, and how it serves; `POST /cache/find`: what it has for a request. */
export function dashboardCacheRouter({ processes }: Pick<DashboardDeps, 'processes'>): Router {
  const router = Router();

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/cache', async (_request, response) => {
    const parts = await processes.ask('cache', null);
    response.json(cacheView(parts as unknown as readonly CachePart[], AGE_LIMITS_MS));
  });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.post('/cache/find', json({ limit: MOST_BYTES, type: () => true }), async (request, response) => {
    const sought = soughtIn(membersOf(request.body, SOUGHT));
    const parts = await processes.ask('cache-entry', sought as unknown as Json);
    response.json(foundView(parts as unknown as readonly SoughtEntry[]));
  });

  return router;
}

function soughtIn({ operation, body, model, headers, key }: JsonObject): SoughtRequest {
  const id = operation as OperationId;
  const isInPath = PROTOCOLS[id].routes.some(({ path }) => path.includes('{model}'));
  if (isInPath && model === undefined) {
    throw new ProxyError(
      'missing_required_parameter',
      `Operation '${id}' has its model in the path: 'model' is missing.`,
      {
        param: 'model',
      },
    );
  }
  const given = Object.entries((headers ?? {}) as Readonly<Record<string, string>>);
  return {
    operation: id,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value])),
    ...(isInPath ? { model: model as string } : {}),
    ...(key === undefined ? {} : { key: key as string }),
  };
}

/** JSON Schema of what `POST /cache/find` takes. */
export const FIND_BODY: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['operation', 'body'],
  properties: {
    operation: { type: 'string', enum: [...FINDABLE] },
    body: {
      type: ['object', 'string'],
      description: 'The body of the request. As text it is taken byte for byte, as it counts for a stored refusal.',
    },
    model: {
      type: ['string', 'null'],
      minLength: 1,
      description: 'The model of an operation that has it in the path: those of Gemini.',
    },
    headers: {
      type: ['object', 'null'],
      additionalProperties: { type: 'string' },
      description: 'Headers of the request that count: `cache-control`, `openai-beta`, `anthropic-version` …',
    },
    key: {
      type: ['string', 'null'],
      minLength: 1,
      description: 'The virtual key of its caller, whose entries are looked at.',
    },
  },
};
