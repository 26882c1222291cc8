import { answerJson } from '../answer.ts';
import { listReply, merged, metadataOf, refusedMetadata } from '../stored-object.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredObject } from '../reply.ts';
import type { Body, FieldRule } from '../validate.ts';
import { checkedBody, refusedField } from '../validate.ts';
import { ASSISTANTS, fieldsOf, noneFound, shownResources } from './store.ts';

const RULES: readonly FieldRule[] = [
  { name: 'name', expected: 'a string' },
  { name: 'description', expected: 'a string' },
  { name: 'instructions', expected: 'a string' },
  { name: 'tools', expected: 'an array of objects' },
  { name: 'tool_resources', expected: 'an object' },
  { name: 'temperature', expected: 'a decimal', least: 0, most: 2 },
  { name: 'top_p', expected: 'a decimal', least: 0, most: 1 },
];

const CHANGEABLE = [
  'model',
  'name',
  'description',
  'instructions',
  'tools',
  'metadata',
  'temperature',
  'top_p',
  'response_format',
  'reasoning_effort',
];

function keep(id: string, asked: Body, context: DialectContext): StoredObject {
  const body = {
    id,
    object: 'assistant',
    created_at: Math.floor(context.now() / 1000),
    name: asked['name'] ?? null,
    description: asked['description'] ?? null,
    model: asked['model'],
    instructions: asked['instructions'] ?? null,
    tools: asked['tools'] ?? [],
    top_p: asked['top_p'] ?? 1,
    temperature: asked['temperature'] ?? 1,
    reasoning_effort: asked['reasoning_effort'] ?? null,
    tool_resources: shownResources(asked['tool_resources']),
    metadata: metadataOf(asked),
    response_format: asked['response_format'] ?? 'auto',
  };
  const assistant: StoredObject = { id, body, hidden: {} };
  context.objects.put(ASSISTANTS, assistant);
  return assistant;
}

/** The assistant of this id; invented when the server is lenient about ids. */
export function assistantOf(id: string, context: DialectContext): StoredObject | undefined {
  const known = context.objects.get(ASSISTANTS, id);
  if (known !== undefined || !context.lenientIds || id === '') return known;
  return keep(id, { model: 'gpt-4o' }, context);
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const checked = checkedBody(request.body, context, 'chat', []);
  if ('refused' in checked) return checked.refused;
  const { body } = checked;
  const refused = refusedField(body, RULES, context) ?? refusedMetadata(body, context);
  return refused ?? answerJson(context, keep(`asst_${context.random.alnum(24)}`, body, context).body);
}

type Handler = (assistant: StoredObject, request: DialectRequest, context: DialectContext) => Reply;

function onAssistant(handler: Handler): Operation['handle'] {
  return (request, context) => {
    const id = request.params['assistant_id'] ?? '';
    const assistant = assistantOf(id, context);
    return assistant ? handler(assistant, request, context) : noneFound('assistant', id, context);
  };
}

function modify(assistant: StoredObject, request: DialectRequest, context: DialectContext): Reply {
  const asked = fieldsOf(request);
  const refused = refusedField(asked, RULES, context) ?? refusedMetadata(asked, context);
  if (refused) return refused;
  const resources =
    asked['tool_resources'] === undefined ? {} : { tool_resources: shownResources(asked['tool_resources']) };
  const body = { ...merged(assistant.body, asked, CHANGEABLE), ...resources };
  context.objects.put(ASSISTANTS, { ...assistant, body });
  return answerJson(context, body);
}

function remove({ id }: StoredObject, _request: DialectRequest, context: DialectContext): Reply {
  context.objects.delete(ASSISTANTS, id);
  return answerJson(context, { id, object: 'assistant.deleted', deleted: true });
}

function list(request: DialectRequest, context: DialectContext): Reply {
  const bodies = context.objects.all(ASSISTANTS).map(({ body }) => body);
  return listReply(context, request.query, bodies);
}

const show: Handler = ({ body }, _request, context) => answerJson(context, body);
const ONE = `${ASSISTANTS}/{assistant_id}`;

export const assistantOperations: readonly Operation[] = [
  { id: 'assistants.create', method: 'POST', path: ASSISTANTS, handle: create },
  { id: 'assistants.list', method: 'GET', path: ASSISTANTS, handle: list },
  { id: 'assistants.retrieve', method: 'GET', path: ONE, handle: onAssistant(show) },
  { id: 'assistants.update', method: 'POST', path: ONE, handle: onAssistant(modify) },
  { id: 'assistants.delete', method: 'DELETE', path: ONE, handle: onAssistant(remove) },
];
