import { exclusive, missing, tooMany, unsupportedByModel, unsupportedParameter } from '../../refusals/sentences.ts';
import type { Violation } from '../../refusals/violation.ts';
import { violation } from '../../refusals/violation.ts';
import type { Fields } from '../walk.ts';
import { isObject } from '../walk.ts';
import { mentionsJson, objectsIn } from './chat-messages.ts';
import type { Check } from './facts.ts';
import { given } from './facts.ts';
import { itemChecks } from './response-items.ts';
import { servesElsewhere } from './model.ts';
import { rootFault, strictFault } from './strict-schema.ts';

const TOOLS_MOST = 128;

const reasoning: Check = ({ body, profile, model }) => {
  const asked = isObject(body['reasoning']) ? body['reasoning'] : {};
  const { effort, summary } = asked;
  if (!profile.reasoning) {
    if (typeof effort === 'string') return unsupportedParameter('reasoning.effort');
    return typeof summary === 'string' ? unsupportedParameter('reasoning.summary') : undefined;
  }
  const still = (effort ?? profile.defaultEffort) === 'none';
  for (const name of still ? [] : ['temperature', 'top_p', 'top_logprobs']) {
    if (given(body, name) && body[name] !== (name === 'top_logprobs' ? 0 : 1)) return unsupportedParameter(name);
  }
  if (typeof effort !== 'string' || profile.efforts.includes(effort)) return undefined;
  return unsupportedByModel('reasoning.effort', effort, model, profile.efforts);
};

const encrypted: Check = ({ body, profile }) => {
  const wanted = Array.isArray(body['include']) ? body['include'].indexOf('reasoning.encrypted_content') : -1;
  return wanted < 0 || profile.reasoning
    ? undefined
    : violation('Encrypted content is not supported with this model.', 'include');
};

function idFault(body: Fields, name: string, prefix: string): Violation | undefined {
  const value = name === 'conversation' && isObject(body[name]) ? body[name]['id'] : body[name];
  if (typeof value !== 'string' || value.startsWith(`${prefix}_`)) return undefined;
  return violation(
    `Invalid '${name}': '${value}'. Expected an ID that begins with '${prefix}'.`,
    name,
    'invalid_value',
  );
}

const history: Check = ({ body }) => {
  if (given(body, 'previous_response_id') && given(body, 'conversation')) {
    return exclusive('previous_response_id', 'conversation');
  }
  return idFault(body, 'previous_response_id', 'resp') ?? idFault(body, 'conversation', 'conv');
};

const emptyInput: Check = ({ body }) => {
  const { input } = body;
  const instead = ['prompt', 'previous_response_id', 'conversation'].some((name) => given(body, name));
  return instead || (input !== undefined && !(Array.isArray(input) && input.length === 0))
    ? undefined
    : missing('input');
};

const streamOptions: Check = ({ body }) =>
  given(body, 'stream_options') && body['stream'] !== true
    ? violation("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options')
    : undefined;

const toolCount: Check = ({ body }) => {
  const size = Array.isArray(body['tools']) ? body['tools'].length : 0;
  return size > TOOLS_MOST ? tooMany({ thing: 'array', path: 'tools', size }, TOOLS_MOST) : undefined;
};

const toolSchemas: Check = ({ body }) => {
  for (const [at, tool] of objectsIn(body['tools']).entries()) {
    const { parameters, strict } = tool;
    if (tool['type'] !== 'function' || !isObject(parameters) || Object.keys(parameters).length === 0) continue;
    const place = {
      title: `function '${String(tool['name'])}'`,
      param: `tools[${at}].parameters`,
      code: 'invalid_function_parameters',
    };
    const found = rootFault(parameters, place) ?? (strict === true ? strictFault(parameters, place) : undefined);
    if (found) return found;
  }
  return undefined;
};

const namedTool: Check = ({ body }) => {
  const choice = body['tool_choice'];
  const tools = objectsIn(body['tools']);
  if (choice === 'required' && tools.length === 0 && !given(body, 'prompt')) {
    return violation("Tool choice 'required' must be specified with 'tools' parameter.", 'tool_choice');
  }
  if (!isObject(choice) || (choice['type'] !== 'function' && choice['type'] !== 'custom')) return undefined;
  const known = tools.some((tool) => tool['type'] === choice['type'] && tool['name'] === choice['name']);
  return known
    ? undefined
    : violation(`Tool choice '${choice['type']}' not found in 'tools' parameter.`, 'tool_choice');
};

const mcpTools: Check = ({ body }) => {
  const at = objectsIn(body['tools']).findIndex(
    (tool) => tool['type'] === 'mcp' && ['server_url', 'connector_id', 'tunnel_id'].every((name) => !given(tool, name)),
  );
  if (at < 0) return undefined;
  const message = `Invalid 'tools[${at}]': one of 'server_url', 'connector_id', or 'tunnel_id' must be provided.`;
  return violation(message, `tools[${at}]`, 'invalid_value');
};

const formats: Check = ({ body }) => {
  const format = isObject(body['text']) ? body['text']['format'] : undefined;
  if (!isObject(format)) return undefined;
  if (format['type'] === 'json_object' && !mentionsJson([body['input'], body['instructions']])) {
    const message =
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.";
    return violation(message, 'input');
  }
  const { schema } = format;
  if (format['type'] !== 'json_schema' || !isObject(schema)) return undefined;
  const place = {
    title: `response_format '${String(format['name'])}'`,
    param: 'text.format.schema',
    code: 'invalid_json_schema',
  };
  // Here a schema is strict unless it says otherwise.
  return rootFault(schema, place) ?? (format['strict'] === false ? undefined : strictFault(schema, place));
};

const verbosity: Check = ({ body, profile, model }) => {
  const asked = isObject(body['text']) ? body['text']['verbosity'] : undefined;
  if (typeof asked !== 'string' || asked === 'medium' || profile.verbosity) return undefined;
  return unsupportedByModel('text.verbosity', asked, model, ['medium']);
};

/** In the order in which the provider reports them. */
export const responsesChecks: readonly Check[] = [
  servesElsewhere('responses'),
  emptyInput,
  history,
  reasoning,
  encrypted,
  streamOptions,
  toolCount,
  toolSchemas,
  namedTool,
  mcpTools,
  formats,
  verbosity,
  ...itemChecks,
];
