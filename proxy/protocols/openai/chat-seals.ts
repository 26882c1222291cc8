import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { parseObject } from '../../wire/json-object.ts';
import { parseEvent } from '../../wire/sse-event.ts';
import { sealName } from '../digest.ts';

/** Seals of a conversation that are looked at, the latest ones: each costs a digest. */
const MAX_SEALS = 16;
/** Members that may carry one. */
const CARRIERS = ['thinking_blocks', 'reasoning_details', 'tool_calls', 'extra_content'];
const NONE: readonly string[] = [];
/** Finds the chunks that may carry a seal without reading them. */
const MAY_CARRY = ['"signature"', '"thought_signature"', '"reasoning_details"', '"thinking_blocks"'];

/**
 * Names of what a message of chat completions carries that only the provider who made it can read: signatures and hidden
 * thoughts in `thinking_blocks` and `reasoning_details`, and Google's in `extra_content`.
 */
export function sealsOfMessage(message: JsonObject): readonly string[] {
  if (CARRIERS.every((name) => message[name] === undefined)) return NONE;
  const blocks = [...objects(message['thinking_blocks']), ...objects(message['reasoning_details'])];
  const carriers = [message, ...objects(message['tool_calls'])];
  const values = [
    ...blocks.map(({ signature, data }) => text(signature) ?? text(data)),
    ...carriers.map(({ extra_content: extra }) => googleSignature(extra)),
  ];
  return values.flatMap((value) => (value === undefined ? [] : [sealName(value)]));
}

/** The same for the messages of a request, the latest last. */
export function sealsOfMessages(messages: readonly Json[]): readonly string[] {
  const answers = messages.filter((message) => isJsonObject(message)).filter(({ role }) => role === 'assistant');
  return answers.flatMap((message) => sealsOfMessage(message)).slice(-MAX_SEALS);
}

/** The same for a chunk of a stream. */
export function sealsOfChunk(event: Buffer): string[] {
  const choices = objects(parseObject(parseEvent(event).data)?.['choices']);
  return choices.flatMap(({ delta }) => (isJsonObject(delta) ? sealsOfMessage(delta) : []));
}

export function mayCarrySeal(event: Buffer): boolean {
  return MAY_CARRY.some((mark) => event.includes(mark));
}

function googleSignature(extra: Json | undefined): string | undefined {
  const google = isJsonObject(extra) ? extra['google'] : undefined;
  return isJsonObject(google) ? text(google['thought_signature']) : undefined;
}

function objects(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter((one) => isJsonObject(one)) : [];
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
