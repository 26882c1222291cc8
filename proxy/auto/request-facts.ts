import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { Requirements } from './candidate.ts';
import { countCodePoints } from './code-points.ts';
import { tokensOf } from './complexity.ts';
import type { Task } from './levels.ts';
import { lastUserMessage, member, messagesOf, objectsIn, SHAPES, type RequestFamily } from './shapes.ts';

/** What a request says of the model that it needs. */
export interface RequestFacts {
  /** The text parts of the last user message, a line each. */
  readonly text: string;
  /** Code points of these parts. */
  readonly textPoints: number;
  /** Code points of all text: instructions, messages, calls and results of tools, their definitions, the schema. */
  readonly promptPoints: number;
  readonly tools: boolean;
  readonly structured: boolean;
  /** The request has an image somewhere. */
  readonly vision: boolean;
  /** Tokens; undefined = no limit is set. */
  readonly outputLimit: number | undefined;
}

/** Reads a body of any shape: what is malformed counts as absent, the endpoint refuses it. */
export function readFacts(family: RequestFamily, body: JsonObject): RequestFacts {
  const tally = new Tally();
  const settings = SETTINGS[family](body);
  for (const instructions of settings.instructions) countContent(tally, family, instructions);
  if (typeof body[SHAPES[family].list] === 'string') countContent(tally, family, body[SHAPES[family].list]);
  for (const message of messagesOf(family, body)) countMessage(tally, family, message);
  for (const tool of settings.tools) tally.json(tool);
  tally.json(settings.schema);
  const parts = userText(family, body);
  return {
    text: parts.join('\n'),
    textPoints: parts.reduce((sum, part) => sum + countCodePoints(part), 0),
    promptPoints: tally.points,
    tools: settings.tools.length > 0,
    structured: settings.structured,
    vision: tally.images > 0,
    outputLimit: settings.outputLimits.find((limit) => typeof limit === 'number' && limit > 0) as number | undefined,
  };
}

/** The facts of a text that comes without a request around it. */
export function factsOfPrompt(prompt: string): RequestFacts {
  return readFacts('responses', { input: prompt });
}

/** `promptPoints`: in place of those of the request, when its text was cut. */
export function requirementsOf(facts: RequestFacts, task?: Task, promptPoints = facts.promptPoints): Requirements {
  const promptTokens = tokensOf(promptPoints);
  return {
    tools: facts.tools || task === 'agentic',
    structured: facts.structured,
    vision: facts.vision,
    promptTokens,
    outputLimit: facts.outputLimit,
    contextTokens: promptTokens + (facts.outputLimit ?? 0),
  };
}

/** The texts of the last user message. */
function userText(family: RequestFamily, body: JsonObject): readonly string[] {
  const { list, content: contentName, isText } = SHAPES[family];
  const whole = body[list];
  if (typeof whole === 'string') return [whole];
  const content = lastUserMessage(family, body)?.[contentName];
  if (typeof content === 'string') return [content];
  return objectsIn(content).flatMap((part) => (isText(part) && typeof part['text'] === 'string' ? [part['text']] : []));
}

class Tally {
  points = 0;
  images = 0;

  text(value: Json | undefined): void {
    if (typeof value === 'string') this.points += countCodePoints(value);
  }

  /** As compact JSON; a text as it is. */
  json(value: Json | undefined): void {
    if (value === undefined || value === null) return;
    this.text(typeof value === 'string' ? value : JSON.stringify(value));
  }
}

function countMessage(tally: Tally, family: RequestFamily, message: JsonObject): void {
  countContent(tally, family, message[SHAPES[family].content]);
  if (family === 'responses') countItem(tally, message);
  if (family !== 'chat') return;
  tally.text(message['refusal']);
  const calls = objectsIn(message['tool_calls']).flatMap((call) => [call['function'], call['custom']]);
  for (const call of [...calls, message['function_call']]) if (isJsonObject(call)) countCall(tally, call);
}

/** An item of a Responses request that is no message: a call, its result, a thought. */
function countItem(tally: Tally, item: JsonObject): void {
  if (typeof item['name'] === 'string' && item['role'] === undefined) countCall(tally, item);
  for (const part of objectsIn(item['summary'])) tally.text(part['text']);
  const { output } = item;
  if (isJsonObject(output)) countPart(tally, 'responses', output);
  else countContent(tally, 'responses', output);
}

function countCall(tally: Tally, call: JsonObject): void {
  tally.text(call['name']);
  for (const name of ['arguments', 'input', 'args']) tally.json(call[name]);
}

function countContent(tally: Tally, family: RequestFamily, content: Json | undefined): void {
  tally.text(content);
  for (const part of objectsIn(content)) countPart(tally, family, part);
}

function countPart(tally: Tally, family: RequestFamily, part: JsonObject): void {
  if (SHAPES[family].isImage(part) || part['type'] === 'computer_screenshot') tally.images += 1;
  tally.text(part['text']);
  tally.text(part['refusal']);
  if (family === 'messages') countBlock(tally, part);
  if (family === 'gemini') countGeminiPart(tally, part);
}

function countBlock(tally: Tally, block: JsonObject): void {
  tally.text(block['thinking']);
  if (block['input'] !== undefined) countCall(tally, block);
  countContent(tally, 'messages', block['content']);
  const { source } = block;
  if (!isJsonObject(source) || block['type'] !== 'document') return;
  if (source['type'] === 'text') tally.text(source['data']);
  countContent(tally, 'messages', source['content']);
}

function countGeminiPart(tally: Tally, part: JsonObject): void {
  const call = member(part, 'functionCall');
  if (isJsonObject(call)) countCall(tally, call);
  const result = member(part, 'functionResponse');
  if (isJsonObject(result)) {
    tally.text(result['name']);
    tally.json(result['response']);
    countContent(tally, 'gemini', result['parts']);
  }
  for (const [name, text] of [
    ['executableCode', 'code'],
    ['codeExecutionResult', 'output'],
  ] as const) {
    const value = member(part, name);
    if (isJsonObject(value)) tally.text(value[text]);
  }
}

interface Settings {
  /** Texts or lists of parts. */
  readonly instructions: readonly (Json | undefined)[];
  readonly tools: readonly Json[];
  readonly structured: boolean;
  readonly schema: Json | undefined;
  /** The first that is a positive number counts. */
  readonly outputLimits: readonly (Json | undefined)[];
}

const SETTINGS: Readonly<Record<RequestFamily, (body: JsonObject) => Settings>> = {
  chat: (body) => {
    const format = objectAt(body, 'response_format');
    return {
      instructions: [],
      tools: [...listAt(body, 'tools'), ...listAt(body, 'functions')],
      structured: isStructured(format),
      schema: objectAt(format, 'json_schema')['schema'],
      outputLimits: [body['max_completion_tokens'], body['max_tokens']],
    };
  },
  responses: (body) => {
    const format = objectAt(objectAt(body, 'text'), 'format');
    return {
      instructions: [body['instructions']],
      tools: listAt(body, 'tools'),
      structured: isStructured(format),
      schema: format['schema'],
      outputLimits: [body['max_output_tokens']],
    };
  },
  messages: (body) => {
    const inConfig = objectAt(objectAt(body, 'output_config'), 'format');
    const format = isStructured(inConfig) ? inConfig : objectAt(body, 'output_format');
    return {
      instructions: [body['system']],
      tools: listAt(body, 'tools'),
      structured: isStructured(format),
      schema: format['schema'],
      outputLimits: [body['max_tokens']],
    };
  },
  gemini: (body) => {
    const config = member(body, 'generationConfig');
    const settings = isJsonObject(config) ? config : {};
    const system = member(body, 'systemInstruction');
    const schema = member(settings, 'responseJsonSchema') ?? member(settings, 'responseSchema');
    return {
      instructions: [isJsonObject(system) ? system['parts'] : system],
      tools: listAt(body, 'tools'),
      structured: isJsonObject(schema) || member(settings, 'responseMimeType') === 'application/json',
      schema,
      outputLimits: [member(settings, 'maxOutputTokens')],
    };
  },
};

function isStructured({ type }: JsonObject): boolean {
  return type === 'json_schema' || type === 'json_object';
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function listAt(object: JsonObject, name: string): readonly Json[] {
  const value = object[name];
  return Array.isArray(value) ? value : [];
}
