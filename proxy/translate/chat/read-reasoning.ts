import type { JsonObject } from '../../core/json.ts';
import type { Family, ReasoningPart, Seal } from '../conversation.ts';
import { objectOf, objectsOf, textOf } from '../fields.ts';
import { type PackedSeal, unpackSeal } from '../seal.ts';

/**
 * What a message says of its reasoning: the blocks that were signed (`thinking_blocks`, or `reasoning_details` of OpenRouter's form),
 * else the bare text (`reasoning_content`, `reasoning`, thinking parts of the content).
 */
export function readReasoning(message: JsonObject): ReasoningPart[] {
  const blocks = objectsOf(message['thinking_blocks']).flatMap(readBlock);
  if (blocks.length > 0) return blocks;
  const details = readDetails(objectsOf(message['reasoning_details']));
  if (details.length > 0) return details;
  const text = textOf(message['reasoning_content']) ?? textOf(message['reasoning']) ?? textOf(thinkingIn(message));
  return text === undefined ? [] : [{ kind: 'reasoning', text }];
}

/** Text of the thinking parts that stand in a message's content. */
export function thinkingIn({ content }: JsonObject): string {
  return objectsOf(content)
    .filter((part) => part['type'] === 'thinking')
    .flatMap((part) =>
      typeof part['thinking'] === 'string'
        ? [part['thinking']]
        : objectsOf(part['thinking']).map((inner) => textOf(inner['text']) ?? ''),
    )
    .join('');
}

/** Google's signature of a call or a message. */
export function readSeal(carrier: JsonObject): Seal | undefined {
  const signature = textOf(objectOf(objectOf(carrier['extra_content'])?.['google'])?.['thought_signature']);
  return signature === undefined ? undefined : sealOf(signature, 'gemini').seal;
}

/** A seal that the proxy packed, or one in its maker's own form. */
function sealOf(value: string, family: Family, id?: string): PackedSeal {
  return unpackSeal(value) ?? { seal: { family, value, ...(id === undefined ? {} : { id }) } };
}

function readBlock(block: JsonObject): ReasoningPart[] {
  const data = textOf(block['data']);
  if (block['type'] === 'redacted_thinking') return data === undefined ? [] : [hidden(sealOf(data, 'messages'))];
  const signature = textOf(block['signature']);
  const text = textOf(block['thinking']) ?? '';
  if (signature === undefined) return text === '' ? [] : [{ kind: 'reasoning', text }];
  return [{ kind: 'reasoning', text, seal: sealOf(signature, 'messages').seal }];
}

function hidden({ seal }: PackedSeal): ReasoningPart {
  return { kind: 'reasoning', text: '', seal, redacted: true };
}

const FORMATS: Readonly<Record<string, Family>> = {
  'anthropic-claude-v1': 'messages',
  'openai-responses-v1': 'responses',
  'google-gemini-v1': 'gemini',
};

/** Entries that stand beside each other and have one index tell of one block. */
function readDetails(details: readonly JsonObject[]): ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  let before: JsonObject | undefined;
  for (const detail of details) {
    const part = readDetail(detail);
    const last = parts.at(-1);
    if (last !== undefined && before !== undefined && isOneBlock(before, detail, last))
      parts[parts.length - 1] = join(last, part);
    else parts.push(part);
    before = detail;
  }
  return parts.filter(({ text, seal }) => text !== '' || seal !== undefined);
}

function isOneBlock(before: JsonObject, detail: JsonObject, last: ReasoningPart): boolean {
  if (last.seal !== undefined) return false;
  const index = detail['index'] ?? null;
  return index !== null && before['index'] === index;
}

function join(before: ReasoningPart, part: ReasoningPart): ReasoningPart {
  const text = before.text + part.text;
  const { seal } = part;
  return { kind: 'reasoning', text, ...(seal === undefined ? {} : { seal }) };
}

function readDetail(detail: JsonObject): ReasoningPart {
  const family = FORMATS[textOf(detail['format']) ?? ''] ?? 'chat';
  const id = textOf(detail['id']);
  const text = textOf(detail['text']) ?? textOf(detail['summary']) ?? '';
  const data = textOf(detail['data']);
  if (data !== undefined) return hidden(sealOf(data, family, id));
  const signature = textOf(detail['signature']);
  if (signature === undefined) return { kind: 'reasoning', text };
  return { kind: 'reasoning', text, seal: sealOf(signature, family, id).seal };
}
