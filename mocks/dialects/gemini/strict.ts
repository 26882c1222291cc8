import { asText, objectsIn } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext, DialectRequest, Operation } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { partsIn } from './checks.ts';
import type { GoogleError } from './errors.ts';
import { errorForm, googleError, googleErrorReply, unknownFields, unknownGeminiModel, versionOf } from './errors.ts';
import type { MessageName } from './fields.ts';
import type { GeminiModel } from './models.ts';
import { bareName, geminiModel } from './models.ts';
import { generationConfig, geminiPrompt } from './prompt.ts';
import { readMessage } from './spelling.ts';
import { refusedTurns, refusedUnsigned } from './strict-turns.ts';
import { promptTokens, sumOf } from './usage.ts';

const FUNCTION_NAME = /^[A-Za-z_][\w.:-]{0,63}$/;
const BAD_NAME =
  'Invalid function name. Must start with a letter or an underscore. Must be alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:) or dashes (-), with a maximum length of 64.';
const STOPS_MOST = 5;
const CACHED_LEAST = 1024;

const violated = (place: string, what: string): GoogleError =>
  googleError(400, `* GenerateContentRequest.${place}: ${what}\n`);

interface Range {
  readonly name: string;
  readonly written: string;
  readonly least: number;
  /** Exclusive. */
  readonly below: number;
}

const RANGES: readonly Range[] = [
  { name: 'temperature', written: 'temperature', least: 0, below: 2.0001 },
  { name: 'topP', written: 'topP', least: 0, below: 1.0001 },
  { name: 'candidateCount', written: 'candidateCount', least: 1, below: 9 },
];

function outOfRange(config: Body): GoogleError | undefined {
  for (const { name, written, least, below } of RANGES) {
    const value = config[name];
    if (typeof value !== 'number' || (value >= least && value < below)) continue;
    const message = `Unable to submit request because it has a ${written} value of ${value} but the supported range is from ${least} (inclusive) to ${below} (exclusive). Update the value and try again.`;
    return googleError(400, message);
  }
  return undefined;
}

function refusedConfig(config: Body, model: GeminiModel): GoogleError | undefined {
  const ranged = outOfRange(config);
  if (ranged) return ranged;
  const { stopSequences, maxOutputTokens: most, thinkingConfig, responseSchema, responseMimeType } = config;
  if (Array.isArray(stopSequences) && stopSequences.length > STOPS_MOST) {
    return violated('generation_config.stop_sequences', `at most ${STOPS_MOST} stop sequences are allowed`);
  }
  if (typeof most === 'number' && (most < 1 || most > model.outputTokens)) {
    const message = `Unable to submit request because it has a maxOutputTokens value of ${most} but the supported range is from 1 (inclusive) to ${model.outputTokens + 1} (exclusive). Update the value and try again.`;
    return googleError(400, message);
  }
  const thinking = isBody(thinkingConfig) ? thinkingConfig : {};
  if (thinking['thinkingBudget'] !== undefined && thinking['thinkingLevel'] !== undefined) {
    return googleError(400, 'You can only set only one of thinking budget and thinking level.');
  }
  if (responseSchema !== undefined && (responseMimeType === undefined || responseMimeType === 'text/plain')) {
    return violated(
      'generation_config.response_schema',
      "response_schema is only supported with response_mime_type 'application/json' or 'text/x.enum'",
    );
  }
  return undefined;
}

function refusedPart(part: Body, place: string): GoogleError | undefined {
  const data = Object.keys(part).some(
    (name) => !['thought', 'thoughtSignature', 'videoMetadata', 'mediaResolution', 'partMetadata'].includes(name),
  );
  if (!data && asText(part['thoughtSignature']) === '') {
    return violated(`${place}.data`, "required oneof field 'data' must have one initialized field");
  }
  const { functionResponse: result } = part;
  return isBody(result) && asText(result['name']) === ''
    ? violated(`${place}.function_response.name`, 'Name cannot be empty.')
    : undefined;
}

function refusedParts(request: Body): GoogleError | undefined {
  for (const [at, content] of objectsIn(request['contents']).entries()) {
    const parts = partsIn(content);
    if (parts.length === 0) return violated(`contents[${at}].parts`, 'contents.parts must not be empty.');
    for (const [number, part] of parts.entries()) {
      const wrong = refusedPart(part, `contents[${at}].parts[${number}]`);
      if (wrong) return wrong;
    }
  }
  return undefined;
}

function refusedSchema(schema: unknown, place: string): GoogleError | undefined {
  if (!isBody(schema)) return undefined;
  const type = asText(schema['type']).toUpperCase();
  const { properties, items } = schema;
  if (type === 'OBJECT' && isBody(properties) && Object.keys(properties).length === 0) {
    return violated(`${place}.properties`, 'should be non-empty for OBJECT type');
  }
  if (type === 'ARRAY' && items === undefined) return violated(`${place}.items`, 'missing field.');
  const inner = refusedSchema(items, `${place}.items`);
  if (inner) return inner;
  for (const [name, one] of Object.entries(isBody(properties) ? properties : {})) {
    const wrong = refusedSchema(one, `${place}.properties[${name}]`);
    if (wrong) return wrong;
  }
  return undefined;
}

function refusedTools(request: Body): GoogleError | undefined {
  for (const [at, tool] of objectsIn(request['tools']).entries()) {
    for (const [number, made] of objectsIn(tool['functionDeclarations']).entries()) {
      const place = `tools[${at}].function_declarations[${number}]`;
      if (!FUNCTION_NAME.test(asText(made['name']))) return violated(`${place}.name`, BAD_NAME);
      const wrong = refusedSchema(made['parameters'], `${place}.parameters`);
      if (wrong) return wrong;
    }
  }
  const config = isBody(request['toolConfig']) ? request['toolConfig']['functionCallingConfig'] : undefined;
  const { mode, allowedFunctionNames: names } = isBody(config) ? config : {};
  if (!Array.isArray(names) || names.length === 0 || mode === 'ANY' || mode === 'VALIDATED') return undefined;
  return violated(
    'tool_config.function_calling_config',
    'allowed_function_names should be set only when function_calling mode is ANY.',
  );
}

/** What the API's definition and its documentation forbid. */
function refusedBySpec(request: Body, model: GeminiModel): GoogleError | undefined {
  return (
    refusedParts(request) ??
    refusedTurns(request) ??
    refusedConfig(generationConfig(request), model) ??
    refusedTools(request)
  );
}

/** Some models cannot stop thinking, and levels came with 3. */
function refusedThinking({ thinkingConfig }: Body, { version, generation }: GeminiModel): GoogleError | undefined {
  const { thinkingBudget: budget, thinkingLevel: level } = isBody(thinkingConfig) ? thinkingConfig : {};
  if (budget === 0 && version.startsWith('gemini-2.5-pro')) {
    return googleError(400, 'Budget 0 is invalid. This model only works in thinking mode.');
  }
  if (level === undefined || generation === 'g3') return undefined;
  return googleError(400, 'Thinking level is not supported for this model.');
}

/** Names that the provider has models of, but for those that were retired. */
const OWN_MODELS = /^(?:gemini-(?!1\.|pro$|pro-vision)|gemma-|learnlm-|text-embedding-|embedding-|imagen-|veo-|aqa$)/;

function unknownModel({ params, path }: DialectRequest, { models }: DialectContext): GoogleError | undefined {
  const name = bareName(params['model'] ?? '');
  if (name === '' || models !== undefined || OWN_MODELS.test(name)) return undefined;
  return unknownGeminiModel(name, /:(\w+)$/.exec(path)?.[1] ?? 'generateContent', versionOf(path));
}

/** What the provider refuses besides. */
function refusedByProvider(request: Body, model: GeminiModel, context: DialectContext): GoogleError | undefined {
  const unsigned = refusedUnsigned(request, model);
  if (unsigned) return unsigned;
  const config = generationConfig(request);
  const unthinkable = refusedThinking(config, model);
  if (unthinkable) return unthinkable;
  const calls = objectsIn(request['tools']).some(({ functionDeclarations }) => functionDeclarations !== undefined);
  if (calls && model.generation !== 'g3' && config['responseMimeType'] === 'application/json') {
    return googleError(400, "Function calling with a response mime type: 'application/json' is unsupported");
  }
  // A text shorter than this cannot be too long.
  if (json(request).length < model.inputTokens) return undefined;
  const tokens = sumOf(promptTokens(request, geminiPrompt(request, model, context), model, context));
  if (tokens <= model.inputTokens) return undefined;
  return googleError(
    400,
    `The input token count (${tokens}) exceeds the maximum number of tokens allowed (${model.inputTokens}).`,
  );
}

/** Nothing short is cached. */
function refusedCache(value: Body, context: DialectContext): GoogleError | undefined {
  const model = geminiModel(asText(value['model']));
  const tokens = sumOf(promptTokens(value, geminiPrompt(value, model, context), model, context));
  if (tokens >= CACHED_LEAST) return undefined;
  const counts = `total_token_count=${tokens}, min_total_token_count=${CACHED_LEAST}`;
  return googleError(400, `Cached content is too small. ${counts}`);
}

/** Makes the judgement of an operation whose requests are this message. */
export function refusesAs(message: MessageName): NonNullable<Operation['refuses']> {
  return (request, level, context) => {
    const error = refusedStrictly(request, message, level, context);
    if (error === undefined) return undefined;
    const { code, message: said, status } = error;
    const violation = { status: code, message: said, type: status, param: null, code: null };
    return { ...violation, reply: googleErrorReply(error, context, errorForm(request)) };
  };
}

/** Why the provider would refuse a request that the mock could answer; `openai` is the level of all that it refuses. */
function refusedStrictly(
  request: DialectRequest,
  message: MessageName,
  level: 'spec' | 'openai',
  context: DialectContext,
): GoogleError | undefined {
  const unknown = level === 'openai' ? unknownModel(request, context) : undefined;
  if (unknown) return unknown;
  const { value, faults } = readMessage(request.body, message);
  if (faults.length > 0) return unknownFields(faults);
  if (message === 'CachedContent') return level === 'openai' ? refusedCache(value, context) : undefined;
  if (message !== 'GenerateContentRequest') return undefined;
  const model = geminiModel(request.params['model'] ?? '');
  const refused = refusedBySpec(value, model);
  return refused ?? (level === 'openai' ? refusedByProvider(value, model, context) : undefined);
}
