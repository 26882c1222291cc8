import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../core/json.ts';
import type { CallPart, Conversation, Part, ReasoningPart, ResultPart, Seal, TextPart, Turn } from '../conversation.ts';
import { wrapInput } from '../custom-tools.ts';
import { defined, textOf } from '../fields.ts';
import type { Losses } from '../losses.ts';
import type { RequestTarget } from '../types.ts';
import type { ChatDialect } from './dialects.ts';
import { writeMedia } from './write-media.ts';
import { extraContent, reasoningDetails, thinkingBlock } from './write-reasoning.ts';

/** What the writing of each message needs to know. */
export interface MessageContext {
  readonly conversation: Conversation;
  readonly target: RequestTarget;
  readonly losses: Losses;
  readonly dialect: ChatDialect;
}

/** Writes the turns as `messages`. */
export function writeMessages(context: MessageContext): JsonObject[] {
  return joinCallers(context.conversation.turns).flatMap((turn) => writeTurn(turn, context));
}

/** Results must follow the message with their calls at once: what the assistant says in several turns becomes one. */
function joinCallers(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    const callsBefore = last?.role === 'assistant' && last.parts.some((part) => part.kind === 'call');
    if (callsBefore && turn.role === 'assistant')
      joined[joined.length - 1] = { ...last, parts: [...last.parts, ...turn.parts] };
    else joined.push(turn);
  }
  return joined;
}

function writeTurn(turn: Turn, context: MessageContext): JsonObject[] {
  if (turn.role === 'assistant') return writeAssistant(turn, context);
  if (turn.role === 'user') return writeUser(turn, context);
  const role = turn.role === 'developer' && !context.dialect.isOpenAi ? 'system' : turn.role;
  return message(role, turn, turn.parts, context);
}

function writeUser(turn: Turn, context: MessageContext): JsonObject[] {
  const results = turn.parts.filter((part) => part.kind === 'result');
  const others = turn.parts.filter((part) => part.kind !== 'result');
  // Tool messages hold text alone: what else is in a result follows behind the last of them.
  const media = results.flatMap((result) => resultMedia(result));
  const said = [...media, ...others];
  return [
    ...results.map((result) => writeResult(result, context)),
    ...(said.length === 0 && results.length > 0 ? [] : message('user', turn, said, context)),
  ];
}

function resultMedia(result: ResultPart): Part[] {
  const media = result.parts.filter((part) => part.kind !== 'text');
  if (media.length === 0) return [];
  return [
    { kind: 'text', text: `Content of the result of ${result.name ?? 'the tool'} (${result.callId}):` },
    ...media,
  ];
}

function writeResult(result: ResultPart, context: MessageContext): JsonObject {
  const texts = result.parts.filter((part) => part.kind === 'text');
  const [first] = texts;
  const plain = texts.length <= 1 && (first?.cacheControl === undefined || context.conversation.family !== 'chat');
  const written = plain ? (first?.text ?? '') : writeParts(texts, context);
  return defined({
    role: 'tool',
    tool_call_id: callId(result.callId, context),
    content: result.isError === true ? asError(written) : written,
    cache_control: ownMark(result, context),
  });
}

function asError(content: Json): Json {
  if (typeof content !== 'string')
    return [{ type: 'text', text: 'Error:' }, ...(Array.isArray(content) ? content : [])];
  return /^error\b/i.test(content) ? content : `Error: ${content}`;
}

/** A message of parts; none where nothing of what it said can be told. */
function message(role: string, turn: Turn, parts: readonly Part[], context: MessageContext): JsonObject[] {
  const content = contentOf(parts, context);
  if (content === undefined && turn.parts.length > 0) return [];
  return [defined({ role, content: content ?? '', name: turn.name })];
}

/** A string for one text without marks, else parts; undefined for nothing. */
function contentOf(parts: readonly Part[], context: MessageContext): Json | undefined {
  const written = writeParts(parts, context);
  const [first] = written;
  if (first === undefined) return undefined;
  const alone = written.length === 1 && first['type'] === 'text' && first['cache_control'] === undefined;
  return alone ? (first['text'] ?? '') : written;
}

function writeParts(parts: readonly Part[], context: MessageContext): JsonObject[] {
  return parts.flatMap((part): JsonObject[] => {
    switch (part.kind) {
      case 'text':
        return [defined({ type: 'text', text: part.text, cache_control: ownMark(part, context) })];
      case 'refusal':
        return [{ type: 'refusal', refusal: part.text }];
      case 'image':
      case 'audio':
      case 'document':
        return [{ ...writeMedia(part, context), ...defined({ cache_control: ownMark(part, context) }) }];
      case 'foreign':
        context.losses.dropNamed(textOf(part.value['type']) ?? 'content');
        return [];
      default:
        return [];
    }
  });
}

/** `cache_control` never goes to OpenAI from another family; a chat client that wrote it knows its server. */
function ownMark(
  part: { readonly cacheControl?: JsonObject },
  { conversation }: MessageContext,
): JsonObject | undefined {
  return conversation.family === 'chat' ? part.cacheControl : undefined;
}

function writeAssistant(turn: Turn, context: MessageContext): JsonObject[] {
  const { parts } = turn;
  const texts = parts.filter((part) => part.kind === 'text');
  const refusals = parts.filter((part) => part.kind === 'refusal');
  const calls = parts.filter((part) => part.kind === 'call').map((part) => writeCall(part, context));
  const content = assistantText(texts, context);
  const others = {
    ...writeThoughts(parts, context),
    ...writeForeign(parts, context),
    ...sealOfText(texts, context),
  };
  const refusal = refusals.length === 0 ? undefined : refusals.map((part) => part.text).join('');
  const nothing =
    content === undefined && refusal === undefined && calls.length === 0 && Object.keys(others).length === 0;
  if (nothing && parts.length > 0) return [];
  return [
    defined({
      role: 'assistant',
      content: content ?? (nothing ? '' : null),
      name: turn.name,
      refusal,
      ...others,
      tool_calls: calls.length === 0 ? undefined : calls,
    }),
  ];
}

/** Blocks of other families make one text; parts of a chat client stay parts. */
function assistantText(texts: readonly TextPart[], context: MessageContext): Json | undefined {
  if (texts.length === 0) return undefined;
  if (context.conversation.family === 'chat') return contentOf(texts, context);
  return texts.map((part) => part.text).join('');
}

function sealOfText(texts: readonly TextPart[], context: MessageContext): JsonObject {
  const seal = texts.findLast((part) => part.seal !== undefined)?.seal;
  return seal === undefined || !accepts(seal, context) ? {} : { extra_content: extraContent(seal, raw) };
}

const raw = (seal: Seal): string => seal.value;

/** Whether the endpoint takes the seal back; a foreign one is named. */
function accepts(seal: Seal, { target, losses }: MessageContext): boolean {
  if (target.acceptsSeal(seal)) return true;
  losses.dropNamed('reasoning');
  return false;
}

/**
 * Reasoning goes back to who made it and to no other: what chat servers say openly as `reasoning_content`, sealed blocks in the form that
 * compatible servers of their makers know.
 */
function writeThoughts(parts: readonly Part[], context: MessageContext): JsonObject {
  const thoughts = parts.filter((part) => part.kind === 'reasoning').filter((part) => isReturned(part, context));
  const text = thoughts.map((part) => part.text).join('');
  const blocks = thoughts.flatMap((part) => thinkingBlock(part, raw) ?? []);
  const details = blocks.length > 0 ? [] : thoughts.flatMap((part, index) => reasoningDetails(part, index, raw));
  return defined({
    reasoning_content: text === '' ? undefined : text,
    thinking_blocks: blocks.length === 0 ? undefined : blocks,
    reasoning_details: details.length === 0 ? undefined : details,
  });
}

function isReturned(part: ReasoningPart, context: MessageContext): boolean {
  if (part.seal !== undefined) return accepts(part.seal, context);
  if (context.conversation.family === 'chat') return true;
  context.losses.dropNamed('reasoning');
  return false;
}

/** Items that only the client's family knows; a chat client's own stand as they were. */
function writeForeign(parts: readonly Part[], { conversation, losses }: MessageContext): JsonObject {
  const foreign = parts.filter((part) => part.kind === 'foreign');
  if (conversation.family === 'chat') return Object.assign({}, ...foreign.map(({ value }) => value)) as JsonObject;
  for (const { value } of foreign) losses.dropNamed(textOf(value['type']) ?? 'content');
  return {};
}

function writeCall(part: CallPart, context: MessageContext): JsonObject {
  const { name, input, seal } = part;
  const custom = part.custom === true && context.dialect.isOpenAi;
  const args = part.custom === true ? wrapInput(input) : input;
  return defined({
    id: callId(part.id, context),
    type: custom ? 'custom' : 'function',
    ...(custom
      ? { custom: { name, input } }
      : { function: { name, arguments: args === '' ? emptyArguments(context) : args } }),
    extra_content: seal === undefined || !accepts(seal, context) ? undefined : extraContent(seal, raw),
    cache_control: ownMark(part, context),
  });
}

/** OpenAI's own models write '' where a tool takes nothing; other families mean an empty object. */
function emptyArguments({ conversation }: MessageContext): string {
  return conversation.family === 'chat' || conversation.family === 'responses' ? '' : '{}';
}

/** Where ids have a form of their own, others are made into such of nine letters and digits, and equal ones into equal ones. */
function callId(id: string, { dialect }: MessageContext): string {
  if (dialect.callId === undefined || dialect.callId.test(id)) return id;
  return createHash('sha256').update(id).digest('hex').slice(0, 9);
}
