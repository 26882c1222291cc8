import type { Fields } from '../walk.ts';
import { isObject } from '../walk.ts';
import type { Facts } from './facts.ts';
import { blocksIn } from './facts.ts';

const idsOf = (blocks: readonly Fields[], type: string, member: string): readonly string[] =>
  blocks.flatMap((block) => (block['type'] === type && typeof block[member] === 'string' ? [block[member]] : []));

function firstRole({ messages }: Facts): string | undefined {
  return messages[0]?.['role'] === 'assistant' ? 'messages: first message must use the "user" role' : undefined;
}

function empty({ messages }: Facts): string | undefined {
  for (const [at, { role, content }] of messages.entries()) {
    const blocks = blocksIn(content);
    const texts = blocks.flatMap((block) => (block['type'] === 'text' ? [String(block['text'])] : []));
    const written = Array.isArray(content) ? texts : [];
    if (written.includes('')) return 'messages: text content blocks must be non-empty';
    if (texts.some((text) => text !== '' && text.trim() === '')) {
      return 'messages: text content blocks must contain non-whitespace text';
    }
    const optional = role === 'assistant' && at === messages.length - 1;
    if (blocks.length === 0 && !optional) {
      return `messages.${at}: all messages must have non-empty content except for the optional final assistant message`;
    }
  }
  return undefined;
}

function prefilled({ messages, model }: Facts): string | undefined {
  const last = messages.at(-1);
  if (last?.['role'] !== 'assistant') return undefined;
  if (!model.prefill) {
    return 'This model does not support assistant message prefill. The conversation must end with a user message.';
  }
  const text = blocksIn(last['content']).at(-1)?.['text'];
  return typeof text === 'string' && /\s$/.test(text)
    ? 'messages: final assistant content cannot end with trailing whitespace'
    : undefined;
}

/** Messages of one role that follow each other are one. */
function merged(messages: readonly Fields[], from: number): readonly Fields[] {
  const role = messages[from]?.['role'];
  const end = messages.findIndex((message, at) => at > from && message['role'] !== role);
  return messages.slice(from, end === -1 ? undefined : end).flatMap(({ content }) => blocksIn(content));
}

function unanswered({ messages }: Facts): string | undefined {
  const seen = new Set<string>();
  for (const [at, message] of messages.entries()) {
    const calls = idsOf(blocksIn(message['content']), 'tool_use', 'id');
    if (calls.some((id) => seen.has(id)) || new Set(calls).size < calls.length) {
      return 'messages: `tool_use` ids must be unique';
    }
    for (const id of calls) seen.add(id);
    if (calls.length === 0 || message['role'] !== 'assistant') continue;
    const next = messages.findIndex(({ role }, later) => later > at && role !== 'assistant');
    const answered = new Set(next === -1 ? [] : idsOf(merged(messages, next), 'tool_result', 'tool_use_id'));
    const open = calls.filter((id) => !answered.has(id));
    if (open.length === 0) continue;
    return (
      `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. ` +
      'Each `tool_use` block must have a corresponding `tool_result` block in the next message.'
    );
  }
  return undefined;
}

function uncalled({ messages }: Facts): string | undefined {
  for (const [at, message] of messages.entries()) {
    const before = messages.slice(0, at).findLastIndex(({ role }) => role === 'assistant');
    const start = messages.findLastIndex(({ role }, place) => place < before && role !== 'assistant') + 1;
    const calls = new Set(before === -1 ? [] : idsOf(merged(messages, start), 'tool_use', 'id'));
    for (const [place, block] of blocksIn(message['content']).entries()) {
      const id = block['tool_use_id'];
      if (block['type'] !== 'tool_result' || typeof id !== 'string' || calls.has(id)) continue;
      return (
        `messages.${at}.content.${place}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. ` +
        'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.'
      );
    }
  }
  return undefined;
}

const ADVICE =
  'When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable `thinking`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking';

/** In a tool loop the answer under way began with thinking, and must still do. */
function thoughtless({ body, messages }: Facts): string | undefined {
  const { thinking } = body;
  if (!isObject(thinking) || thinking['type'] !== 'enabled') return undefined;
  const results = blocksIn(messages.at(-1)?.['content']).some(({ type }) => type === 'tool_result');
  const at = messages.findLastIndex(({ role }) => role === 'assistant');
  if (!results || at === -1) return undefined;
  const first = blocksIn(messages[at]?.['content'])[0]?.['type'];
  if (first === 'thinking' || first === 'redacted_thinking') return undefined;
  return `messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(first)}\`. ${ADVICE}`;
}

const MAGIC: readonly (readonly [type: string, head: string])[] = [
  ['image/png', '89504e47'],
  ['image/jpeg', 'ffd8ff'],
  ['image/gif', '474946'],
];

function mislabelled({ messages }: Facts): string | undefined {
  for (const [at, message] of messages.entries()) {
    for (const [place, { type, source }] of blocksIn(message['content']).entries()) {
      if (type !== 'image' || !isObject(source) || source['type'] !== 'base64') continue;
      const head = Buffer.from(String(source['data']).slice(0, 16), 'base64').toString('hex');
      const found = MAGIC.find(([, magic]) => head.startsWith(magic))?.[0];
      const said = source['media_type'];
      if (found === undefined || found === said) continue;
      return `messages.${at}.content.${place}.image.source.base64: The image was specified using the ${String(said)} media type, but the image appears to be a ${found} image`;
    }
  }
  return undefined;
}

/** What is asked of the messages together, in the order in which it is checked. */
export const CONVERSATION_CHECKS = [firstRole, empty, prefilled, uncalled, unanswered, thoughtless, mislabelled];
