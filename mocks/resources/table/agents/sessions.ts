import { answerBytes, answerNothing } from '../../../dialects/answer.ts';
import { contentText } from '../../../dialects/content.ts';
import { successHeaders } from '../../../dialects/headers.ts';
import type { DialectContext, Operation, Reply, StoredObject, StreamEvent } from '../../../dialects/reply.ts';
import { isBody } from '../../../dialects/validate.ts';
import { fieldsOf, listOf, textOf } from '../../fields.ts';
import { onObject } from '../../operations.ts';
import type { Making, Place, Resource } from '../../resource.ts';
import { change, find, make, placeOf, unixSeconds } from '../../store.ts';
import { agents, configurationOf } from './agents.ts';
import { runTurn } from './turn.ts';
import type { Turned } from './turn.ts';

const SESSIONS = '/v1/agents/sessions';
const ONE = `${SESSIONS}/{session_id}`;

/** The agent of a session: the one that is named, or the one that is described. */
function agentOf({ body, params, context }: Omit<Making, 'id'>): { readonly id: string } & Record<string, unknown> {
  const id = textOf(body['agent_id']);
  const kept = find(placeOf(agents, params, context), id);
  const configuration = configurationOf(kept?.body ?? fieldsOf(body['agent']));
  return { id: id === '' ? `agent_${context.random.hex(32)}` : id, ...configuration };
}

function inputText(input: unknown): string {
  if (typeof input === 'string') return input;
  return listOf(input)
    .map((message) => contentText(fieldsOf(message)['content']))
    .join('\n');
}

function childPlace(resource: Resource, session: StoredObject, context: DialectContext, more: object = {}): Place {
  return placeOf(resource, { session_id: session.id, ...more }, context);
}

/** Answers an input: a turn with its two messages, its trace, and what its environment and its subagent have of it. */
function answered(session: StoredObject, place: Place, input: string): Turned {
  const { context } = place;
  const agent = fieldsOf(session.body['agent']);
  const turned = runTurn({ session: session.body, agent, input, context });
  const { turn, items, answer } = turned;
  const seconds = unixSeconds(context);
  const turnId = textOf(turn['id']);
  make(childPlace(turns, session, context), turn, turnId);
  for (const item of items) {
    make(childPlace(sessionItems, session, context), item, textOf(item['id']));
    make(childPlace(turnItems, session, context, { turn_id: turnId }), item, textOf(item['id']));
  }
  make(childPlace(traces, session, context), {});
  if (fieldsOf(session.body['environment'])['type'] !== 'none') {
    make(childPlace(artifacts, session, context), { path: 'answer.txt', content: answer, turn_id: turnId });
  }
  if (fieldsOf(agent['multi_agent'])['enabled'] === true) delegated(session, turned, context);
  change(place, session, { status: 'idle', last_active_at: seconds });
  return turned;
}

function delegated(session: StoredObject, { turn, items }: Turned, context: DialectContext): void {
  const subagent = make(childPlace(subagents, session, context), { agent_id: session.body['agent'] });
  const within = { subagent_id: subagent.id };
  const own = make(childPlace(subagentTurns, session, context, within), { ...turn, subagent_id: subagent.id });
  for (const item of items) {
    make(childPlace(subagentItems, session, context, within), item);
    make(childPlace(subagentTurnItems, session, context, { ...within, turn_id: own.id }), item);
  }
}

function keepEvents(session: StoredObject, place: Place, events: readonly object[]): StoredObject {
  const before = listOf(session.hidden['events']);
  return change(place, session, {}, { events: [...before, ...events] });
}

function begun(session: StoredObject, place: Place, input: unknown): void {
  const created = { event_id: `event_${place.context.random.hex(24)}`, type: 'agent.session.created' };
  const kept = keepEvents(session, place, [{ ...created, session: session.body }]);
  const text = inputText(input);
  if (text === '') return;
  const { events } = answered(kept, place, text);
  const now = find(place, session.id);
  if (now !== undefined) keepEvents(now, place, events);
}

function streamed(session: StoredObject, { context }: Place): Reply {
  const events = listOf(session.hidden['events']).map((event): StreamEvent => {
    const type = textOf(fieldsOf(event)['type']);
    const kind = type.endsWith('.delta') ? 'content' : 'open';
    return { bytes: `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`, kind, tokens: Number(kind === 'content') };
  });
  const headers = successHeaders(context, 'text/event-stream; charset=utf-8');
  return { kind: 'stream', status: 200, headers, events };
}

const ENVIRONMENT = { type: 'none' };

export const sessions: Resource = {
  name: 'beta.agents.sessions',
  doc: 'Sessions of an agent: every input is answered at once, as a Responses request would be',
  path: SESSIONS,
  param: 'session_id',
  id: { prefix: 'sess_', hex: 32 },
  shape: 'beta/agents/agents#AgentSession',
  verbs: ['list', 'retrieve', 'update', 'delete'],
  make: (making) => ({
    fields: {
      agent: agentOf(making),
      environment: { ...ENVIRONMENT, ...fieldsOf(making.body['environment']) },
      last_active_at: making.now,
      status: 'idle',
      error: null,
      usage: null,
      required_actions: [],
      vault_ids: making.body['vault_ids'] ?? [],
    },
    hidden: { events: [] },
  }),
  updatable: ['metadata', 'vault_ids'],
  list: { none: null },
  deleted: ({ id }) => ({ id, object: 'agent.session.deleted', deleted: true }),
};

const createSession: Operation = {
  id: 'beta.agents.sessions.create',
  method: 'POST',
  path: SESSIONS,
  handle(request, context) {
    const body = isBody(request.body) ? request.body : {};
    const place = placeOf(sessions, request.params, context);
    const made = make(place, body);
    begun(made, place, body['input']);
    const now = find(place, made.id) ?? made;
    if (body['stream'] === true) return streamed(now, place);
    return { ...answerBytes(context, Buffer.from(JSON.stringify(now.body)), 'application/json'), status: 200 };
  },
};

const takeEvents: Operation = {
  id: 'beta.agents.sessions.events.create',
  method: 'POST',
  path: `${ONE}/events`,
  handle: onObject(sessions, (session, place, { body }) => {
    for (const event of listOf(fieldsOf(body)['events']).map(fieldsOf)) {
      if (event['type'] !== 'agent.session.input.message') continue;
      const now = find(place, session.id) ?? session;
      const { events } = answered(now, place, inputText(event['input']));
      keepEvents(find(place, session.id) ?? now, place, events);
    }
    return answerNothing(place.context);
  }),
};

const streamEvents: Operation = {
  id: 'beta.agents.sessions.events.stream',
  method: 'GET',
  path: `${ONE}/events`,
  handle: onObject(sessions, streamed),
};

function below(
  name: string,
  doc: string,
  suffix: string,
  own: Pick<Resource, 'param' | 'id' | 'shape' | 'verbs'>,
): Resource {
  return {
    name: `beta.agents.sessions.${name}`,
    doc,
    path: `${ONE}${suffix}`,
    parent: sessions,
    list: { none: null },
    ...own,
  };
}

const ITEM = {
  param: 'item_id',
  id: { prefix: 'item_', hex: 32 },
  shape: 'beta/agents/agents#AgentSessionMessage',
  verbs: ['list'],
  order: ['id', 'type'],
} as const;
const TURN = {
  param: 'turn_id',
  id: { prefix: 'turn_', hex: 32 },
  shape: 'beta/agents/sessions/turns/turns#Turn',
  verbs: ['list', 'retrieve'],
} as const;

const itemMade = ({ body }: Making) => ({ fields: { ...body, created_at: undefined } });
const turnMade = ({ body, params, id }: Making) => ({ fields: { ...body, id, session_id: params['session_id'] } });

const sessionItems: Resource = { ...below('items', 'What was said in a session', '/items', ITEM), make: itemMade };
const turns: Resource = { ...below('turns', 'Turns of a session', '/turns', TURN), make: turnMade };
const turnItems: Resource = {
  ...below('turns.items', 'What was said in a turn', '/turns/{turn_id}/items', ITEM),
  make: itemMade,
};
const traces: Resource = {
  ...below('traces', 'Traces of a session', '/traces', {
    param: 'trace_id',
    id: { prefix: 'trace_', hex: 32 },
    shape: 'beta/agents/sessions/traces#SessionTrace',
    verbs: ['list'],
  }),
  make: ({ params }) => ({ fields: { session_id: params['session_id'], otlp: { resourceSpans: [] } } }),
};
const artifacts: Resource = {
  ...below('artifacts', 'Files that a session has left behind', '/artifacts', {
    param: 'artifact_id',
    id: { prefix: 'artifact_', hex: 32 },
    shape: 'beta/agents/sessions/artifacts#SessionArtifact',
    verbs: ['list', 'retrieve', 'delete'],
  }),
  make: ({ params, body, context }) => {
    const content = Buffer.from(textOf(body['content']));
    const fields = {
      session_id: params['session_id'],
      turn_id: textOf(body['turn_id'], 'turn_none'),
      environment_id: `env_${context.random.hex(32)}`,
      path: textOf(body['path'], 'file'),
      size_bytes: content.length,
    };
    return { fields, content };
  },
  actions: [
    {
      name: 'content',
      method: 'GET',
      suffix: '/content',
      act: ({ content = Buffer.alloc(0) }, { context }) => answerBytes(context, content, 'application/octet-stream'),
    },
  ],
};
const subagents: Resource = {
  ...below('subagents', 'Subagents of a session: one for each turn of an agent that may have some', '/subagents', {
    param: 'subagent_id',
    id: { prefix: 'subagent_', hex: 32 },
    shape: 'beta/agents/agents#Subagent',
    verbs: ['list', 'retrieve'],
  }),
  make: ({ params, body, now }) => ({
    fields: {
      session_id: params['session_id'],
      parent_agent_id: textOf(fieldsOf(body['agent_id'])['id'], 'agent_none'),
      status: 'closed',
      opened_at: now,
      closed_at: now,
    },
  }),
};
const SUBAGENT = '/subagents/{subagent_id}';
const subagentItems: Resource = {
  ...below('subagents.items', 'What was said in a subagent', `${SUBAGENT}/items`, ITEM),
  make: itemMade,
};
const subagentTurns: Resource = {
  ...below('subagents.turns', 'Turns of a subagent', `${SUBAGENT}/turns`, TURN),
  make: turnMade,
};
const subagentTurnItems: Resource = {
  ...below('subagents.turns.items', 'What was said in a turn of a subagent', `${SUBAGENT}/turns/{turn_id}/items`, ITEM),
  make: itemMade,
};

export const sessionResources: readonly Resource[] = [
  sessions,
  sessionItems,
  turns,
  turnItems,
  traces,
  artifacts,
  subagents,
  subagentItems,
  subagentTurns,
  subagentTurnItems,
];

export const sessionOperations: readonly Operation[] = [createSession, takeEvents, streamEvents];
