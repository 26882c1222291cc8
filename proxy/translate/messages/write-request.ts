import type { JsonObject } from '../../core/json.ts';
import type { Conversation } from '../conversation.ts';
import { Losses } from '../losses.ts';
import { splitTurns } from '../turns.ts';
import type { RequestTarget, WrittenRequest } from '../types.ts';
import { isBlank, restore } from '../values.ts';
import { modelTraits } from './models.ts';
import { BlockWriter } from './write-blocks.ts';
import { writeFormat } from './write-format.ts';
import { writeThinking } from './write-thinking.ts';
import { writeTools } from './write-tools.ts';
import type { Writing } from './writing.ts';

/** Tokens of an answer where neither the client nor the model's name says a limit. */
const DEFAULT_MAX_TOKENS = 4096;

const JSON_INSTRUCTION = 'Answer with one valid JSON object and nothing else: no text around it, no code fence.';

/** Writes a request of Anthropic's Messages API. Throws ProxyError naming the client's field. */
export function writeRequest(conversation: Conversation, target: RequestTarget): WrittenRequest {
  const traits = modelTraits(target.model);
  const losses = new Losses(conversation, 'messages', target);
  const body: JsonObject = {
    model: target.model,
    max_tokens: conversation.maxTokens ?? traits.maxTokens ?? DEFAULT_MAX_TOKENS,
  };
  const writing: Writing = { conversation, target, traits, losses, body };
  refuseUnknown(writing);
  const files = writeMessages(writing);
  writeTools(writing);
  const formatTool = writeFormat(writing);
  writeThinking(writing);
  writeSampling(writing);
  writeRest(writing);
  if (conversation.stream) body['stream'] = true;
  return {
    body,
    dropped: losses.names,
    ...(files ? { headers: [['anthropic-beta', 'files-api-2025-04-14']] as const } : {}),
    ...(formatTool === undefined ? {} : { hints: { formatTool } }),
  };
}

function refuseUnknown({ conversation, losses }: Writing): void {
  if (conversation.count !== undefined && conversation.count > 1) throw losses.refuse('count');
  if (conversation.logprobs !== undefined) throw losses.refuse('logprobs');
}

/** Returns whether a stored file is among them. */
function writeMessages(writing: Writing): boolean {
  const { conversation, traits, losses, body } = writing;
  const { system, turns } = splitTurns(conversation, traits.laterSystem);
  const blocks = new BlockWriter(writing);
  const systemBlocks = blocks.system(system);
  if (conversation.format?.kind === 'json') {
    losses.drop('format');
    systemBlocks.push({ type: 'text', text: JSON_INSTRUCTION });
  }
  const [first] = systemBlocks;
  if (first !== undefined) {
    body['system'] =
      systemBlocks.length === 1 && first['cache_control'] === undefined ? (first['text'] ?? '') : systemBlocks;
  }
  const messages: { role: string; content: JsonObject[] }[] = [];
  for (const turn of turns) {
    const content = turn.role === 'system' ? blocks.system(turn.parts) : blocks.turn(turn.role, turn.parts);
    if (content.length === 0) continue;
    const last = messages.at(-1);
    // A turn between the two may have had nothing that can be told.
    if (last?.role === turn.role) last.content.push(...content);
    else messages.push({ role: turn.role, content });
  }
  const last = messages.at(-1);
  if (last?.role === 'assistant') endPrefill(writing, last.content);
  body['messages'] = messages;
  return blocks.hasFile;
}

/** An answer that the client began itself: refused by newer models, and without white space at its end by all. */
function endPrefill({ traits, losses, target }: Writing, content: JsonObject[]): void {
  if (!traits.prefill) {
    throw losses.refuse(
      'messages',
      `Unsupported value: the conversation ends with an answer of the assistant, and ${target.model} does not continue one.`,
    );
  }
  const last = content.at(-1);
  if (last?.['type'] === 'text' && typeof last['text'] === 'string') last['text'] = last['text'].trimEnd();
}

function writeSampling({ conversation, traits, losses, body }: Writing): void {
  const thinks = body['thinking'] !== undefined && (body['thinking'] as JsonObject)['type'] !== 'disabled';
  const { temperature, topP, topK } = conversation;
  // 1 is what the model does without being told.
  if (temperature !== undefined && temperature !== 1) {
    if (!traits.sampling || thinks) losses.drop('temperature');
    else if (temperature > 1) {
      losses.drop('temperature');
      body['temperature'] = 1;
    } else body['temperature'] = temperature;
  } else if (temperature === 1 && traits.sampling) body['temperature'] = 1;
  if (topP !== undefined) writeTopP({ traits, losses, body }, topP, thinks);
  if (topK !== undefined) {
    if (!traits.sampling || thinks) losses.drop('topK');
    else body['top_k'] = topK;
  }
}

/** While it thinks, the model takes 0.95 and more; newer ones take either this or a temperature. */
function writeTopP(
  { traits, losses, body }: Pick<Writing, 'traits' | 'losses' | 'body'>,
  topP: number,
  thinks: boolean,
) {
  const beside = body['temperature'] !== undefined && !traits.bothSampling;
  if (traits.sampling && !beside && !(thinks && topP < 0.95)) body['top_p'] = topP;
  else if (topP !== 1) losses.drop('topP');
}

function writeRest({ conversation, losses, body }: Writing): void {
  const { stop, user, serviceTier, family, rest } = conversation;
  const sequences = stop?.filter((sequence) => !isBlank(sequence)) ?? [];
  if (stop !== undefined && sequences.length < stop.length) losses.drop('stop');
  if (sequences.length > 0) body['stop_sequences'] = sequences;
  if (user !== undefined) body['metadata'] = { user_id: user };
  if (serviceTier === 'auto') body['service_tier'] = 'auto';
  else if (serviceTier === 'default' || serviceTier === 'standard') body['service_tier'] = 'standard_only';
  else if (serviceTier !== undefined) losses.drop('serviceTier');
  dropTuning(conversation, losses);
  if (family === 'messages') restore(body, rest);
  else losses.settle(conversation);
}

/** Zero wishes for nothing. */
function dropTuning(conversation: Conversation, losses: Losses): void {
  if (conversation.seed !== undefined) losses.drop('seed');
  if ((conversation.presencePenalty ?? 0) !== 0) losses.drop('presencePenalty');
  if ((conversation.frequencyPenalty ?? 0) !== 0) losses.drop('frequencyPenalty');
  if (Object.keys(conversation.logitBias ?? {}).length > 0) losses.drop('logitBias');
  if (conversation.promptCacheKey !== undefined) losses.drop('promptCacheKey');
}
