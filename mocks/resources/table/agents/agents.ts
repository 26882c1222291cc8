import { fieldsOf } from '../../fields.ts';
import type { Resource } from '../../resource.ts';
import type { Fields } from '../../shape.ts';

const MODEL = 'gpt-5';
const TEXT = { format: { type: 'text' }, verbosity: 'medium' };

/** What is shown of an agent's configuration. */
export function configurationOf(body: Fields): Fields {
  return {
    name: body['name'] ?? null,
    instructions: body['instructions'] ?? null,
    model: body['model'] ?? MODEL,
    multi_agent: { enabled: false, max_concurrent_subagents: null, ...fieldsOf(body['multi_agent']) },
    reasoning: { effort: null, summary: null, ...fieldsOf(body['reasoning']) },
    service_tier: body['service_tier'] ?? 'auto',
    text: { ...TEXT, ...fieldsOf(body['text']) },
    tools: body['tools'] ?? [],
  };
}

export const agents: Resource = {
  name: 'beta.agents',
  doc: 'Agents: a model with instructions and tools',
  path: '/v1/agents',
  param: 'agent_id',
  id: { prefix: 'agent_', hex: 32 },
  shape: 'beta/agents/agents#Agent',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  make: ({ body, now }) => ({ fields: { ...configurationOf(body), updated_at: now } }),
  updatable: ['name', 'instructions', 'model', 'metadata', 'tools', 'reasoning', 'text', 'service_tier', 'multi_agent'],
  list: { none: null },
};
