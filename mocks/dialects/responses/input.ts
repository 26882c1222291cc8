import type { Turn } from '../../generation/prompt.ts';
import { asText, contentText, objectsIn } from '../content.ts';
import { json, quote } from '../json.ts';
import type { Body } from '../validate.ts';
import type { ItemIds } from './ids.ts';

/** The request's `input` as a list of items; a string is one message of the user. */
export function inputItems(input: unknown): readonly Body[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  return objectsIn(input);
}

const ROLES: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'developer',
  user: 'user',
  assistant: 'assistant',
};

function outputText(output: unknown): string {
  if (typeof output === 'string') return output;
  const printed = objectsIn(output).map((one) => asText(one['stdout']) + asText(one['stderr']));
  return contentText(output) || printed.join('').trim() || json(output ?? '');
}

/** `local_shell` for a `local_shell_call` and for its output. */
function toolName(item: Body): string {
  return asText(item['type']).replace(/_call(?:_output)?$/, '');
}

/** The item as a turn; undefined for items that say nothing (reasoning, references). */
export function turnOf(item: Body, names: ReadonlyMap<string, string>): Turn | undefined {
  const callId = asText(item['call_id']);
  switch (item['type'] ?? 'message') {
    case 'message':
      return { role: ROLES[asText(item['role'])] ?? 'user', text: contentText(item['content']) };
    case 'function_call':
      return {
        role: 'assistant',
        text: asText(item['name']) + asText(item['arguments']),
        callId,
        name: asText(item['name']),
      };
    case 'custom_tool_call':
      return {
        role: 'assistant',
        text: asText(item['name']) + asText(item['input']),
        callId,
        name: asText(item['name']),
      };
    case 'computer_call':
    case 'local_shell_call':
    case 'shell_call':
    case 'apply_patch_call':
      return {
        role: 'assistant',
        text: json(item['action'] ?? item['actions'] ?? item['operation']),
        callId,
        name: toolName(item),
      };
    case 'mcp_list_tools':
      return { role: 'assistant', text: json(item['tools'] ?? []), item };
    case 'mcp_call':
      return { role: 'assistant', text: asText(item['name']) + asText(item['arguments']) + asText(item['output']) };
    case 'mcp_approval_request':
      return { role: 'assistant', text: asText(item['name']) + asText(item['arguments']), item };
    case 'mcp_approval_response':
      return { role: 'tool', text: item['approve'] === true ? 'one match' : 'nothing, it was not approved', item };
    case 'computer_call_output':
      return { role: 'tool', text: 'a screenshot', callId, name: 'computer' };
    case 'local_shell_call_output':
    case 'shell_call_output':
    case 'apply_patch_call_output':
      return { role: 'tool', text: outputText(item['output']), callId, name: toolName(item) };
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { role: 'tool', text: outputText(item['output']), callId, name: names.get(callId) };
    default:
      return undefined;
  }
}

/** The request's own turns; `history` tells the names of tools that were called in earlier responses. */
export function inputTurns(items: readonly Body[], history: readonly Turn[]): readonly Turn[] {
  const names = new Map<string, string>();
  for (const turn of history) {
    if (turn.role === 'assistant' && turn.callId !== undefined) names.set(turn.callId, turn.name ?? '');
  }
  for (const item of items) {
    if (item['type'] === 'function_call' || item['type'] === 'custom_tool_call') {
      names.set(asText(item['call_id']), asText(item['name']));
    }
  }
  return items.map((item) => turnOf(item, names)).filter((turn) => turn !== undefined);
}

function listedContent(content: unknown, role: string): string {
  if (typeof content !== 'string') return json(content ?? []);
  return role === 'assistant'
    ? `[{"type":"output_text","annotations":[],"logprobs":[],"text":${quote(content)}}]`
    : `[{"type":"input_text","text":${quote(content)}}]`;
}

/** Compact JSON of an input item as `input_items` lists it: with an id, a status, and content in parts. */
function listedItem(item: Body, ids: ItemIds): string {
  const type = asText(item['type']) || 'message';
  const { id: given, type: _type, status: _status, content, role, ...rest } = item;
  if (type === 'message') {
    const id = asText(given) || ids('msg');
    const author = asText(role) || 'user';
    return `{"id":${quote(id)},"type":"message","status":"completed","content":${listedContent(content, author)},"role":${quote(author)}}`;
  }
  const id = asText(given) || ids(type.startsWith('custom') ? 'ctc' : type === 'reasoning' ? 'rs' : 'fc');
  const status = type === 'reasoning' || type === 'item_reference' ? '' : '"status":"completed",';
  const fields = json(content === undefined ? rest : { content, ...rest }).slice(1);
  return `{"id":${quote(id)},"type":${quote(type)},${fields === '}' ? status.slice(0, -1) : status}${fields}`;
}

export function listedItems(items: readonly Body[], ids: ItemIds): readonly string[] {
  return items.map((item) => listedItem(item, ids));
}
