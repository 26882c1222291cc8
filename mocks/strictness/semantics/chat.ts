import { exclusive, listed, missing, unsupportedByModel, unsupportedParameter } from '../../refusals/sentences.ts';
import { violation } from '../../refusals/violation.ts';
import { isObject, shown } from '../walk.ts';
import { developerRole, emptyTurns, images, mentionsJson, objectsIn, toolTurns } from './chat-messages.ts';
import type { Check } from './facts.ts';
import { given } from './facts.ts';
import { servesElsewhere } from './model.ts';
import { rootFault, strictFault } from './strict-schema.ts';

/** Chat parameters that reasoning models do not take. */
const NOT_WHEN_REASONING = [
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'stop',
];
/** What a model takes again when it is not to reason. */
const SAMPLING = new Set(['temperature', 'top_p', 'logprobs', 'top_logprobs']);
const DEFAULTS: Readonly<Record<string, unknown>> = {
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  logprobs: false,
};

const reasoningParameters: Check = ({ body, profile }) => {
  if (!profile.reasoning) return undefined;
  if (given(body, 'max_tokens')) return unsupportedParameter('max_tokens', 'max_completion_tokens');
  const still = (body['reasoning_effort'] ?? profile.defaultEffort) === 'none';
  if (!still && given(body, 'temperature') && body['temperature'] !== 1) {
    const message = `Unsupported value: 'temperature' does not support ${String(body['temperature'])} with this model. Only the default (1) value is supported.`;
    return violation(message, 'temperature', 'unsupported_value');
  }
  const found = NOT_WHEN_REASONING.find(
    (name) => given(body, name) && body[name] !== DEFAULTS[name] && !(still && SAMPLING.has(name)),
  );
  return found === undefined ? undefined : unsupportedParameter(found);
};

const efforts: Check = ({ body, profile }) => {
  const effort = body['reasoning_effort'];
  if (typeof effort !== 'string') return undefined;
  if (!profile.reasoning) return unsupportedParameter('reasoning_effort');
  if (profile.efforts.includes(effort)) return undefined;
  const message = `Unsupported value: 'reasoning_effort' does not support '${effort}' with this model. Supported values are: ${listed(profile.efforts)}.`;
  return violation(message, 'reasoning_effort', 'unsupported_value');
};

/** `name` needs `other` to be as `enabled` says. */
function needs(name: string, enabled: (body: Readonly<Record<string, unknown>>) => boolean, sentence: string): Check {
  return ({ body }) => (given(body, name) && !enabled(body) ? violation(sentence, name) : undefined);
}

const withTools = (name: string): string =>
  `Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`;

const togetherness: readonly Check[] = [
  needs(
    'stream_options',
    (body) => body['stream'] === true,
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
  ),
  needs(
    'top_logprobs',
    (body) => body['logprobs'] === true,
    "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
  ),
  needs('tool_choice', (body) => given(body, 'tools'), withTools('tool_choice')),
  needs('parallel_tool_calls', (body) => given(body, 'tools'), withTools('parallel_tool_calls')),
  needs(
    'function_call',
    (body) => given(body, 'functions'),
    "Invalid value for 'function_call': 'function_call' is only allowed when 'functions' are specified.",
  ),
  ({ body }) => (given(body, 'functions') && given(body, 'tools') ? exclusive('functions', 'tools') : undefined),
  ({ body }) =>
    given(body, 'max_tokens') && given(body, 'max_completion_tokens')
      ? violation(
          "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
          'max_tokens',
          'invalid_parameter_combination',
        )
      : undefined,
];

const outputLimit: Check = ({ body, profile }) => {
  const name = given(body, 'max_tokens') ? 'max_tokens' : 'max_completion_tokens';
  const asked = body[name];
  if (typeof asked !== 'number' || asked <= profile.output) return undefined;
  const message = `${name} is too large: ${asked}. This model supports at most ${profile.output} completion tokens, whereas you provided ${asked}.`;
  return violation(message, name, 'invalid_value');
};

const contextLength: Check = ({ body, profile, surroundings }) => {
  const prompt = surroundings.promptTokens();
  const asked = body['max_completion_tokens'] ?? body['max_tokens'];
  const answer = typeof asked === 'number' ? asked : 0;
  const begin = `This model's maximum context length is ${profile.window} tokens. However, `;
  if (prompt > profile.window) {
    const end = `your messages resulted in ${prompt} tokens. Please reduce the length of the messages.`;
    return violation(begin + end, 'messages', 'context_length_exceeded');
  }
  if (prompt + answer <= profile.window) return undefined;
  const end = `you requested ${prompt + answer} tokens (${prompt} in the messages, ${answer} in the completion). Please reduce the length of the messages or completion.`;
  return violation(begin + end, 'messages', 'context_length_exceeded');
};

const formats: Check = ({ body, profile }) => {
  const format = body['response_format'];
  if (!isObject(format)) return undefined;
  if (format['type'] === 'json_object' && !mentionsJson(body['messages'])) {
    const message =
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    return violation(message, 'messages');
  }
  const described = format['json_schema'];
  if (format['type'] !== 'json_schema' || !isObject(described)) return undefined;
  if (!profile.schemas) {
    const message =
      "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more about supported models at the Structured Outputs guide: https://platform.openai.com/docs/guides/structured-outputs";
    return violation(message, null);
  }
  const { schema } = described;
  const place = { title: `response_format '${String(described['name'])}'`, param: 'response_format', code: null };
  if (!isObject(schema)) return undefined;
  return rootFault(schema, place) ?? (described['strict'] === true ? strictFault(schema, place) : undefined);
};

const toolSchemas: Check = ({ body }) => {
  for (const [at, tool] of objectsIn(body['tools']).entries()) {
    const made = tool['function'];
    if (!isObject(made) || !isObject(made['parameters']) || Object.keys(made['parameters']).length === 0) continue;
    const place = {
      title: `function '${String(made['name'])}'`,
      param: `tools[${at}].function.parameters`,
      code: 'invalid_function_parameters',
    };
    const { parameters } = made;
    const found =
      rootFault(parameters, place) ?? (made['strict'] === true ? strictFault(parameters, place) : undefined);
    if (found) return found;
  }
  return undefined;
};

const namedTool: Check = ({ body }) => {
  const choice = body['tool_choice'];
  if (!isObject(choice)) return undefined;
  const kind = String(choice['type']);
  const wanted = isObject(choice[kind]) ? choice[kind]['name'] : undefined;
  if (wanted === undefined) return undefined;
  const known = objectsIn(body['tools']).some((tool) => isObject(tool[kind]) && tool[kind]['name'] === wanted);
  if (known) return undefined;
  return violation(`Tool choice '${shown(wanted)}' not found in 'tools' parameter.`, 'tool_choice');
};

const abilities: Check = ({ body, profile, model }) => {
  if (given(body, 'web_search_options') && !profile.searches) {
    return violation('Web search options not supported with this model.', 'web_search_options');
  }
  const { verbosity } = body;
  if (typeof verbosity === 'string' && verbosity !== 'medium' && !profile.verbosity) {
    return unsupportedByModel('verbosity', verbosity, model, ['medium']);
  }
  const wantsAudio = Array.isArray(body['modalities']) && body['modalities'].includes('audio');
  if (wantsAudio && !profile.audio) {
    const message = 'This model does not support audio output. Use an audio model instead.';
    return violation(message, 'modalities', 'invalid_value');
  }
  return wantsAudio && !given(body, 'audio') ? missing('audio') : undefined;
};

/** In the order in which the provider reports them. */
export const chatChecks: readonly Check[] = [
  servesElsewhere('chat'),
  reasoningParameters,
  efforts,
  ...togetherness,
  developerRole,
  abilities,
  toolSchemas,
  namedTool,
  formats,
  emptyTurns,
  toolTurns,
  images,
  outputLimit,
  contextLength,
];
