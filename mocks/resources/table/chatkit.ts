import { fieldsOf, numberOf, textOf } from '../fields.ts';
import { shown } from '../operations.ts';
import type { Made, Making, Resource } from '../resource.ts';
import { change, make, placeOf } from '../store.ts';

const LIFE_SECONDS = 600;
const REQUESTS_A_MINUTE = 10;

function sessionMade({ body, context, now }: Making): Made {
  const workflow = fieldsOf(body['workflow']);
  const asked = fieldsOf(body['chatkit_configuration']);
  const limit = numberOf(fieldsOf(body['rate_limits'])['max_requests_per_1_minute'], REQUESTS_A_MINUTE);
  return {
    fields: {
      expires_at: now + numberOf(fieldsOf(body['expires_after'])['seconds'], LIFE_SECONDS),
      client_secret: `chatkit_token_${context.random.alnum(43)}`,
      workflow: {
        id: textOf(workflow['id']),
        version: workflow['version'] ?? null,
        state_variables: workflow['state_variables'] ?? null,
        tracing: { enabled: true, ...fieldsOf(workflow['tracing']) },
      },
      rate_limits: { max_requests_per_1_minute: limit },
      max_requests_per_1_minute: limit,
      status: 'active',
      chatkit_configuration: {
        automatic_thread_titling: { enabled: true, ...fieldsOf(asked['automatic_thread_titling']) },
        file_upload: { enabled: false, max_file_size: null, max_files: null, ...fieldsOf(asked['file_upload']) },
        history: { enabled: true, recent_threads: null, ...fieldsOf(asked['history']) },
      },
    },
  };
}

/** The provider makes threads when a user writes in the widget; here a session brings its first one along. */
export const chatkitSessions: Resource = {
  name: 'chatkit.sessions',
  doc: 'ChatKit sessions; each brings a thread of its user',
  path: '/v1/chatkit/sessions',
  param: 'session_id',
  id: { prefix: 'cksess_', hex: 48 },
  shape: 'beta/chatkit/threads#ChatSession',
  verbs: ['create'],
  required: ['workflow', 'user'],
  make: sessionMade,
  afterCreate({ body }, { context }) {
    make(placeOf(chatkitThreads, {}, context), { user: body['user'] });
  },
  actions: [
    {
      name: 'cancel',
      method: 'POST',
      suffix: '/cancel',
      act: (object, place) => shown(change(place, object, { status: 'cancelled' }), place),
    },
  ],
};

export const chatkitThreads: Resource = {
  name: 'chatkit.threads',
  doc: 'ChatKit threads',
  path: '/v1/chatkit/threads',
  param: 'thread_id',
  id: { prefix: 'cthr_', hex: 48 },
  shape: 'beta/chatkit/threads#ChatKitThread',
  verbs: ['list', 'retrieve', 'delete'],
  make: () => ({ fields: { status: { type: 'active' } } }),
  list: { none: null, filter: ({ body }, query) => !query.has('user') || body['user'] === query.get('user') },
};

export const chatkitItems: Resource = {
  name: 'chatkit.threads.items',
  doc: 'Items of a ChatKit thread: empty, as no widget writes here',
  path: '/v1/chatkit/threads/{thread_id}/items',
  param: 'item_id',
  parent: chatkitThreads,
  id: { prefix: 'cthi_', hex: 48 },
  shape: 'beta/chatkit/threads#ChatKitThreadUserMessageItem',
  verbs: ['list'],
  list: { none: null },
};
