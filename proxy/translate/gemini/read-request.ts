import type { JsonObject } from '../../core/json.ts';
import type { AnswerFormat, Conversation, Effort, Thinking, Turn } from '../conversation.ts';
import { schemaOfGemini } from '../schema.ts';
import {
  objectList,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStrings,
  without,
} from '../values.ts';
import { camel } from './names.ts';
import { PartReader } from './read-parts.ts';
import { readToolChoice, readTools } from './read-tools.ts';

const READ: ReadonlySet<string> = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
]);

const READ_CONFIG: ReadonlySet<string> = new Set([
  'temperature',
  'topP',
  'topK',
  'maxOutputTokens',
  'stopSequences',
  'candidateCount',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseLogprobs',
  'logprobs',
  'thinkingConfig',
]);

/** Reads a request of generateContent or streamGenerateContent; the path says model and shape. Throws ProxyError naming the field. */
export function readRequest(
  given: JsonObject,
  head: { readonly stream: boolean; readonly model: string } = { stream: false, model: '' },
): Conversation {
  const body = camel(given);
  const config = camel(optionalObject(body['generationConfig'], 'generationConfig') ?? {});
  const toolConfig = camel(optionalObject(body['toolConfig'], 'toolConfig') ?? {});
  const rest = without(body, READ);
  for (const [name, value] of Object.entries(without(config, READ_CONFIG))) rest[`generationConfig.${name}`] = value;
  for (const [name, value] of Object.entries(without(toolConfig, new Set(['functionCallingConfig'])))) {
    rest[`toolConfig.${name}`] = value;
  }
  const calling = optionalObject(toolConfig['functionCallingConfig'], 'toolConfig.functionCallingConfig');
  return {
    family: 'gemini',
    model: head.model,
    stream: head.stream,
    turns: readTurns(body),
    ...(body['tools'] === undefined ? {} : { tools: readTools(body['tools'], rest) }),
    toolChoice: calling === undefined ? undefined : readToolChoice(camel(calling)),
    format: readFormat(config, rest),
    thinking: readThinking(optionalObject(config['thinkingConfig'], 'generationConfig.thinkingConfig')),
    ...readSettings(config),
    serviceTier: optionalString(body['serviceTier'], 'serviceTier'),
    includeUsage: true,
    rest,
  };
}

function readSettings(config: JsonObject): Partial<Conversation> {
  const number = (name: string) => optionalNumber(config[name], `generationConfig.${name}`);
  const wantsLogprobs = optionalBoolean(config['responseLogprobs'], 'generationConfig.responseLogprobs');
  return {
    maxTokens: number('maxOutputTokens'),
    temperature: number('temperature'),
    topP: number('topP'),
    topK: number('topK'),
    stop: optionalStrings(config['stopSequences'], 'generationConfig.stopSequences'),
    seed: number('seed'),
    presencePenalty: number('presencePenalty'),
    frequencyPenalty: number('frequencyPenalty'),
    count: number('candidateCount'),
    logprobs: wantsLogprobs === true ? (number('logprobs') ?? 0) : undefined,
  };
}

function readTurns(body: JsonObject): Turn[] {
  const turns: Turn[] = [];
  const reader = new PartReader();
  const { systemInstruction } = body;
  if (typeof systemInstruction === 'string') {
    turns.push({ role: 'system', parts: [{ kind: 'text', text: systemInstruction }] });
  } else {
    const system = optionalObject(systemInstruction, 'systemInstruction');
    if (system !== undefined) turns.push({ role: 'system', parts: reader.read(system, 'systemInstruction', 'user') });
  }
  // One content may stand without its array.
  const { contents } = body;
  const list = typeof contents === 'object' && contents !== null && !Array.isArray(contents) ? [contents] : contents;
  for (const [at, content] of objectList(list, 'contents').entries()) {
    const path = `contents[${at}]`;
    const role = optionalString(content['role'], `${path}.role`) === 'model' ? 'assistant' : 'user';
    const last = turns.at(-1);
    if (last?.role === role)
      turns[turns.length - 1] = { role, parts: reader.read(content, path, role, [...last.parts]) };
    else turns.push({ role, parts: reader.read(content, path, role) });
  }
  return turns;
}

function readFormat(config: JsonObject, rest: JsonObject): AnswerFormat | undefined {
  const type = optionalString(config['responseMimeType'], 'generationConfig.responseMimeType');
  if (type !== undefined && type !== 'application/json' && type !== 'text/plain') {
    // One word of an enumeration, without quotes: no other family has that.
    for (const name of ['responseMimeType', 'responseSchema', 'responseJsonSchema']) {
      const value = config[name];
      if (value !== undefined) rest[`generationConfig.${name}`] = value;
    }
    return undefined;
  }
  const schema = optionalObject(config['responseJsonSchema'], 'generationConfig.responseJsonSchema');
  if (schema !== undefined) return { kind: 'schema', name: 'answer', schema };
  const own = optionalObject(config['responseSchema'], 'generationConfig.responseSchema');
  if (own !== undefined) return { kind: 'schema', name: 'answer', schema: schemaOfGemini(own) };
  return type === 'application/json' ? { kind: 'json' } : undefined;
}

const EFFORTS: Readonly<Record<string, Effort>> = { MINIMAL: 'minimal', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' };

function readThinking(given: JsonObject | undefined): Thinking | undefined {
  if (given === undefined) return undefined;
  const path = 'generationConfig.thinkingConfig';
  const config = camel(given);
  const level = optionalString(config['thinkingLevel'], `${path}.thinkingLevel`)?.toUpperCase();
  const shown = optionalBoolean(config['includeThoughts'], `${path}.includeThoughts`) ?? false;
  return {
    effort: level === undefined ? undefined : EFFORTS[level],
    budget: optionalNumber(config['thinkingBudget'], `${path}.thinkingBudget`),
    summary: shown ? 'auto' : 'none',
  };
}
