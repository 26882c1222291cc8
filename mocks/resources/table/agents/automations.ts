import { textOf } from '../../fields.ts';
import { shown } from '../../operations.ts';
import type { Resource } from '../../resource.ts';
import { change, find, placeOf } from '../../store.ts';

const AUTOMATIONS = '/v1/agents/automations';

const MADE_BY_API = { type: 'agent', session_id: 'none', tool_call_id: 'none' };
const TARGET = { type: 'existing_session', session_id: 'none', instructions: '' };

export const automations: Resource = {
  name: 'beta.agents.automations',
  doc: 'Automations: they are kept, paused and resumed, and run only when they are invoked',
  path: AUTOMATIONS,
  param: 'automation_id',
  id: { prefix: 'auto_', hex: 32 },
  shape: 'beta/agents/automations/automations#Automation',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  make: ({ body, now }) => ({
    fields: {
      status: 'active',
      type: textOf(body['type'], 'once'),
      run_at: body['run_at'] ?? now,
      name: textOf(body['name'], 'Automation'),
      created_by: MADE_BY_API,
      target: { ...TARGET, ...(body['target'] as object | undefined) },
    },
  }),
  updatable: ['name', 'metadata', 'run_at', 'target'],
  list: { none: null },
  actions: [
    {
      name: 'pause',
      method: 'POST',
      suffix: '/pause',
      act: (object, place) => shown(change(place, object, { status: 'paused' }), place),
    },
    {
      name: 'resume',
      method: 'POST',
      suffix: '/resume',
      act: (object, place) => shown(change(place, object, { status: 'active' }), place),
    },
  ],
};

export const automationInvocations: Resource = {
  name: 'beta.agents.automations.invocations',
  doc: 'Invocations of an automation; they are completed at once',
  path: `${AUTOMATIONS}/{automation_id}/invocations`,
  param: 'invocation_id',
  parent: automations,
  id: { prefix: 'autoinv_', hex: 32 },
  shape: 'beta/agents/automations/invocations#AutomationInvocation',
  verbs: ['create', 'list', 'retrieve'],
  make: ({ params, context }) => {
    const id = params['automation_id'] ?? '';
    const automation = find(placeOf(automations, params, context), id);
    const source = { type: 'automation', automation: automation?.body ?? { id } };
    return { fields: { automation_id: id, source, status: 'completed', skip_reason: null } };
  },
  list: { none: null },
};
