import type { JsonObject } from '../../core/json.ts';
import { answerLimit } from '../answer-limit.ts';
import type { Conversation } from '../conversation.ts';
import { Losses } from '../losses.ts';
import { geminiSchema } from '../schema.ts';
import { splitTurns } from '../turns.ts';
import type { RequestTarget, WrittenRequest } from '../types.ts';
import { isBlank, restore } from '../values.ts';
import { modelTraits } from './models.ts';
import { PartWriter } from './write-parts.ts';
import { writeThinking } from './write-thinking.ts';
import { writeTools } from './write-tools.ts';
import type { Writing } from './writing.ts';

/** Most stop sequences that the API takes. */
const MAX_STOPS = 5;

/** Writes the body of generateContent; the path says model and shape. Throws ProxyError naming the client's field. */
export function writeRequest(conversation: Conversation, target: RequestTarget): WrittenRequest {
  const losses = new Losses(conversation, 'gemini', target);
  const body: JsonObject = {};
  const writing: Writing = { conversation, target, traits: modelTraits(target.model), losses, body };
  writeContents(writing);
  writeTools(writing);
  const config: JsonObject = {};
  writeSettings(writing, config);
  writeFormat(writing, config);
  writeThinking(writing, config);
  if (Object.keys(config).length > 0) body['generationConfig'] = config;
  dropUnknown(writing);
  if (conversation.family === 'gemini') restore(body, conversation.rest);
  else losses.settle(conversation);
  return { body, dropped: losses.names };
}

function writeContents(writing: Writing): void {
  const { conversation, losses, body } = writing;
  const { system, turns } = splitTurns(conversation);
  const instruction = system.flatMap((part) => {
    if (part.kind === 'text') return isBlank(part.text) ? [] : [{ text: part.text }];
    losses.drop('messages');
    return [];
  });
  if (instruction.length > 0) body['systemInstruction'] = { parts: instruction };
  const writer = new PartWriter(writing);
  const contents: { role: string; parts: JsonObject[] }[] = [];
  for (const turn of turns) {
    const role = turn.role === 'assistant' ? 'model' : 'user';
    const parts = writer.turn(turn);
    if (parts.length === 0) continue;
    const last = contents.at(-1);
    // A turn between the two may have had nothing that can be told.
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  body['contents'] = contents;
}

function writeSettings({ conversation, target, losses }: Writing, config: JsonObject): void {
  const settings = {
    temperature: conversation.temperature,
    topP: conversation.topP,
    topK: conversation.topK,
    maxOutputTokens: answerLimit(conversation, target.model),
    seed: conversation.seed,
    presencePenalty: conversation.presencePenalty,
    frequencyPenalty: conversation.frequencyPenalty,
    candidateCount: conversation.count === 1 && conversation.family !== 'gemini' ? undefined : conversation.count,
  };
  for (const [name, value] of Object.entries(settings)) if (value !== undefined) config[name] = value;
  const { stop, logprobs } = conversation;
  const sequences = stop?.filter((sequence) => sequence !== '') ?? [];
  if (sequences.length > MAX_STOPS) {
    throw losses.refuse('stop', `Invalid '${losses.name('stop')}': the endpoint takes at most ${MAX_STOPS} sequences.`);
  }
  if (sequences.length > 0) config['stopSequences'] = sequences;
  if (logprobs !== undefined) {
    config['responseLogprobs'] = true;
    if (logprobs > 0) config['logprobs'] = logprobs;
  }
}

function writeFormat({ conversation, traits }: Writing, config: JsonObject): void {
  const { format } = conversation;
  if (format === undefined || format.kind === 'text') return;
  config['responseMimeType'] = 'application/json';
  if (format.kind !== 'schema') return;
  if (traits.jsonSchema) config['responseJsonSchema'] = format.schema;
  else config['responseSchema'] = geminiSchema(format.schema);
}

function dropUnknown({ conversation, losses, body }: Writing): void {
  const { family, serviceTier } = conversation;
  if (Object.keys(conversation.logitBias ?? {}).length > 0) losses.drop('logitBias');
  if (conversation.user !== undefined) losses.drop('user');
  if (conversation.promptCacheKey !== undefined) losses.drop('promptCacheKey');
  if (conversation.parallelCalls === false && (conversation.tools?.length ?? 0) > 0) losses.drop('parallelCalls');
  if (serviceTier === undefined || serviceTier === 'auto') return;
  if (family === 'gemini') body['serviceTier'] = serviceTier;
  else losses.drop('serviceTier');
}
