import { json, Router } from 'express';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { HAND_EJECTION_MS, LONGEST_HAND_EJECTION_MS, type HandChange } from '../../routing/by-hand.ts';
import type { DashboardDeps } from './deps.ts';
import type { ControlledEndpoint, EndpointAudit } from './endpoint-control.ts';
import { modelsView, type ModelPart } from './models-view.ts';
import { FLAG, membersOf, TEXT, wholeNumber } from './request-body.ts';

const SECOND_MS = 1_000;
const ENDPOINT = { endpoint: { ...TEXT, isRequired: true } };
const EJECTION = {
  ...ENDPOINT,
  seconds: wholeNumber(1, LONGEST_HAND_EJECTION_MS / SECOND_MS),
  force: FLAG,
};

/** What an operator's decision has made of an endpoint. */
export interface Decided {
  readonly endpoint: string;
  readonly model: string;
  readonly state: 'admitting' | 'ejected';
  /** ISO 8601. */
  readonly at: string;
  readonly until: string | null;
  readonly by: string;
}

type RouterDeps = Pick<DashboardDeps, 'processes' | 'endpoint' | 'actor' | 'audit'>;

/** `GET /models`: every model with its endpoints; `POST /endpoints/eject` and `/endpoints/admit`: an operator moves one. */
export function modelsRouter(deps: RouterDeps): Router {
  const router = Router();
  const body = json({ limit: '16kb', type: () => true });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/models', async (_request, response) => {
    const parts = await deps.processes.ask('models', null);
    response.json({ models: modelsView(parts as unknown as readonly (readonly ModelPart[])[]) });
  });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.post('/endpoints/eject', body, async (request, response) => {
    const { seconds = HAND_EJECTION_MS / SECOND_MS, force, ...members } = membersOf(request.body, EJECTION);
    const found = endpointIn(deps, members);
    const { id, endpoint } = found;
    if (force !== true && !endpoint.othersAdmit) {
      throw new ProxyError(
        'last_endpoint',
        `No other endpoint of model '${endpoint.model}' admits: without '${id}' its requests fail. Send "force": true to eject it all the same.`,
        { param: 'endpoint' },
      );
    }
    response.json(await recorded(deps, found, endpoint.eject(Number(seconds) * SECOND_MS, deps.actor(request))));
  });

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.post('/endpoints/admit', body, async (request, response) => {
    const found = endpointIn(deps, membersOf(request.body, ENDPOINT));
    response.json(await recorded(deps, found, found.endpoint.admit(deps.actor(request))));
  });

  return router;
}

interface Found {
  readonly id: string;
  readonly endpoint: ControlledEndpoint;
}

function endpointIn({ endpoint: find }: RouterDeps, members: JsonObject): Found {
  const id = members['endpoint'] as string;
  const endpoint = find(id);
  if (endpoint) return { id, endpoint };
  throw new ProxyError('unknown_endpoint', `There is no endpoint '${id}'. /stats lists them by model.`, {
    param: 'endpoint',
  });
}

/** The endpoint has been moved by now, also where the database is away and the audit log does not have it. */
async function recorded({ audit }: RouterDeps, { id, endpoint }: Found, change: HandChange): Promise<Decided> {
  const until = change.state === 'ejected' ? isoOf(change.until) : undefined;
  const after: EndpointAudit['after'] = { state: change.state, ...(until === undefined ? {} : { until }) };
  const action = change.state === 'ejected' ? 'eject' : 'admit';
  await audit?.({ actor: change.by, action, id, before: { state: endpoint.state }, after });
  const { model } = endpoint;
  return { endpoint: id, model, state: change.state, at: isoOf(change.at), until: until ?? null, by: change.by };
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}

/** JSON Schema of the bodies. */
export const MODEL_BODIES = {
  eject: {
    type: 'object',
    additionalProperties: false,
    required: ['endpoint'],
    properties: {
      endpoint: { type: 'string', minLength: 1, description: 'MODEL/NAME.' },
      seconds: {
        type: ['integer', 'null'],
        minimum: 1,
        maximum: LONGEST_HAND_EJECTION_MS / SECOND_MS,
        default: HAND_EJECTION_MS / SECOND_MS,
        description: 'How long.',
      },
      force: {
        type: ['boolean', 'null'],
        description: 'Also the last endpoint of its model that admits: its requests then fail.',
      },
    },
  },
  admit: {
    type: 'object',
    additionalProperties: false,
    required: ['endpoint'],
    properties: { endpoint: { type: 'string', minLength: 1, description: 'MODEL/NAME.' } },
  },
} satisfies Record<string, JsonObject>;
