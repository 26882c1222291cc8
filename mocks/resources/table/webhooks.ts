import { unsupportedChoice } from '../../refusals/sentences.ts';
import { answerJson } from '../../dialects/answer.ts';
import { badRequest, missingField, refuse } from '../../dialects/errors.ts';
import type { DialectContext, JsonReply, Operation, Reply, StoredObject } from '../../dialects/reply.ts';
import { isBody } from '../../dialects/validate.ts';
import { listOf, textOf } from '../fields.ts';
import type { Making, Place, Resource } from '../resource.ts';
import type { Fields } from '../shape.ts';
import { change } from '../store.ts';
import { newSecret } from '../webhook-secret.ts';
import { WEBHOOK_EVENTS } from '../webhook-events.ts';

const FORMER_SECRET_SECONDS = 24 * 60 * 60;

function refusedTypes(value: unknown, context: DialectContext): JsonReply | undefined {
  if (value === undefined) return undefined;
  const types = listOf(value);
  if (types.length === 0) return badRequest(context, "Invalid 'event_types': expected at least one.", 'event_types');
  const unknown = types.find((type) => !WEBHOOK_EVENTS.includes(textOf(type)));
  return unknown === undefined ? undefined : refuse(context, unsupportedChoice('event_types', unknown, WEBHOOK_EVENTS));
}

function refusedUrl(value: unknown, context: DialectContext): JsonReply | undefined {
  if (value === undefined) return undefined;
  const why = context.webhooks?.refusal(textOf(value));
  return why === undefined ? undefined : badRequest(context, why, 'url', 'invalid_value');
}

function refused({ body, context }: Omit<Making, 'id'>): JsonReply | undefined {
  return refusedUrl(body['url'], context) ?? refusedTypes(body['event_types'], context);
}

/** The endpoint with its secret, which is shown when it is made and when it is changed. */
function withSecret({ body, hidden }: StoredObject): Fields {
  const { signing_secret_hint: hint, ...rest } = body;
  return { ...rest, signing_secret: hidden['secret'], signing_secret_hint: hint };
}

function updated(endpoint: StoredObject, place: Place, { body }: { readonly body: unknown }): Reply {
  const asked = isBody(body) ? body : {};
  const no = refusedUrl(asked['url'], place.context) ?? refusedTypes(asked['event_types'], place.context);
  if (no) return no;
  const names = ['name', 'url', 'event_types'].filter((name) => asked[name] !== undefined);
  const seconds = Math.floor(place.context.now() / 1000);
  const fields = { ...Object.fromEntries(names.map((name) => [name, asked[name]])), updated_at: seconds };
  return answerJson(place.context, change(place, endpoint, fields).body);
}

function rotated(endpoint: StoredObject, place: Place, { body }: { readonly body: unknown }): Reply {
  const { context } = place;
  const { secret, hint } = newSecret(context.random);
  const keeps = isBody(body) && body['keep_old_secret_active_for_24_hours'] === true;
  const until = context.now() + FORMER_SECRET_SECONDS * 1000;
  const seconds = Math.floor(context.now() / 1000);
  const former = keeps ? { secret: endpoint.hidden['secret'], until } : undefined;
  const fields = { signing_secret_hint: hint, updated_at: seconds };
  return answerJson(context, withSecret(change(place, endpoint, fields, { secret, former })));
}

function tested(endpoint: StoredObject, { context }: Place, { body }: { readonly body: unknown }): Reply {
  const type = isBody(body) ? textOf(body['event_type']) : '';
  if (type === '') return missingField(context, 'event_type');
  const no = refusedTypes([type], context);
  if (no) return no;
  context.webhooks?.test(endpoint.id, type);
  const fields = { object: 'webhook_endpoint.test', event_type: type, status_code: 200, success: true };
  return answerJson(context, { ...fields, webhook_endpoint_id: endpoint.id });
}

export const webhookEndpoints: Resource = {
  name: 'webhooks',
  doc: 'Webhook endpoints: events are signed and delivered to local addresses',
  path: '/v1/webhook_endpoints',
  param: 'webhook_endpoint_id',
  id: { prefix: 'whe_', hex: 32 },
  shape: 'webhooks/webhooks#WebhookEndpoint',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['url', 'name', 'event_types'],
  refuse: refused,
  make: ({ context, now }) => {
    const { secret, hint } = newSecret(context.random);
    return { fields: { updated_at: now, signing_secret_hint: hint }, hidden: { secret } };
  },
  order: 'id object created_at updated_at name url event_types signing_secret_hint'.split(' '),
  answer: withSecret,
  list: { none: null },
  actions: [
    { name: 'update', method: 'POST', suffix: '', act: updated },
    { name: 'rotate_secret', method: 'POST', suffix: '/rotate_secret', act: rotated },
    { name: 'test', method: 'POST', suffix: '/test', act: tested },
  ],
};

export const webhookEventTypes: Operation = {
  id: 'webhooks.event_types.list',
  method: 'GET',
  path: '/v1/webhook_event_types',
  handle: (_request, context) => answerJson(context, { object: 'list', data: WEBHOOK_EVENTS }),
};
