import type { Media } from '../../generation/media.ts';
import { audioMedia, documentMedia, imageMedia } from '../../generation/media.ts';
import type { Turn, TurnCall } from '../../generation/prompt.ts';
import { unseal } from '../../generation/sealed.ts';
import { asText, contentText, joinedText, objectsIn } from '../content.ts';
import { json } from '../json.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

/** Names of called tools by the id of the call. */
type Names = ReadonlyMap<string, string>;
type TurnMaker = (item: Body, names: Names) => Turn | undefined;

const ROLES: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'developer',
  user: 'user',
  assistant: 'assistant',
};

/** Images and sounds among content parts; undefined for texts, which most contents are. */
function mediaIn(content: unknown): readonly Media[] | undefined {
  if (!Array.isArray(content)) return undefined;
  const media = objectsIn(content).flatMap((part): readonly Media[] => {
    if (part['type'] === 'input_image') return [imageMedia(asText(part['image_url']), part['detail'])];
    if (part['type'] === 'input_file')
      return [documentMedia(asText(part['file_data']))].filter((one) => one !== undefined);
    const audio = part['input_audio'];
    return isBody(audio) ? [audioMedia(asText(audio['data']), audio['format'])] : [];
  });
  return media.length > 0 ? media : undefined;
}

function outputText(output: unknown): string {
  if (typeof output === 'string') return output;
  const printed = objectsIn(output).map((one) => asText(one['stdout']) + asText(one['stderr']));
  return contentText(output) || printed.join('').trim() || json(output ?? '');
}

/** `local_shell` for a `local_shell_call` and for its output. */
function toolName(item: Body): string {
  return asText(item['type']).replace(/_call(?:_output)?$/, '');
}

/** Only of several parts, which is where it differs. */
function readText(content: unknown): string | undefined {
  return Array.isArray(content) && content.length > 1 ? joinedText(content) : undefined;
}

const message: TurnMaker = (item) => ({
  role: ROLES[asText(item['role'])] ?? 'user',
  text: contentText(item['content']),
  read: readText(item['content']),
  commentary: item['phase'] === 'commentary' || undefined,
  media: mediaIn(item['content']),
});

export function calledTurn(call: TurnCall, callId: unknown): Turn {
  return {
    role: 'assistant',
    text: call.name + call.input,
    callId: asText(callId),
    name: call.name,
    call,
    calls: [call],
  };
}

const called =
  (input: 'arguments' | 'input'): TurnMaker =>
  (item) =>
    calledTurn(
      { name: asText(item['name']), input: asText(item[input]), withId: typeof item['id'] === 'string' },
      item['call_id'],
    );

const acted: TurnMaker = (item) => ({
  role: 'assistant',
  text: json(item['action'] ?? item['actions'] ?? item['operation']),
  callId: asText(item['call_id']),
  name: toolName(item),
});

const answered: TurnMaker = (item, names) => {
  const callId = asText(item['call_id']);
  return {
    role: 'tool',
    text: outputText(item['output']),
    read: readText(item['output']),
    isResult: true,
    callId,
    name: names.get(callId),
    media: mediaIn(item['output']),
  };
};

const done: TurnMaker = (item) => ({
  role: 'tool',
  text: outputText(item['output']),
  callId: asText(item['call_id']),
  name: toolName(item),
});

const screenshot: TurnMaker = (item) => {
  const output = isBody(item['output']) ? item['output'] : {};
  const media = [imageMedia(asText(output['image_url']), 'high')];
  return { role: 'tool', text: 'a screenshot', callId: asText(item['call_id']), name: 'computer', media };
};

export function reasoningTurn(tokens: number, item: Body): Turn {
  return { role: 'assistant', text: '', media: [{ kind: 'reasoning', tokens }], item };
}

/** Sealed reasoning costs the tokens it once had. */
const reasoned: TurnMaker = (item) => {
  const sealed = unseal(asText(item['encrypted_content']));
  return sealed && reasoningTurn(sealed.tokens, item);
};

/** What a conversation was shortened to is read as one turn. */
const compacted: TurnMaker = (item) => {
  const sealed = unseal(asText(item['encrypted_content']));
  return sealed === undefined ? undefined : { role: 'assistant', text: sealed.text };
};

/** By item type. Items that say nothing (references, searches) make no turn. */
const MAKERS: Readonly<Record<string, TurnMaker>> = {
  message,
  function_call: called('arguments'),
  custom_tool_call: called('input'),
  function_call_output: answered,
  custom_tool_call_output: answered,
  computer_call: acted,
  computer_call_output: screenshot,
  local_shell_call: acted,
  local_shell_call_output: done,
  shell_call: acted,
  shell_call_output: done,
  apply_patch_call: acted,
  apply_patch_call_output: done,
  reasoning: reasoned,
  compaction: compacted,
  mcp_list_tools: (item) => ({ role: 'assistant', text: json(item['tools'] ?? []), item }),
  mcp_call: (item) => ({
    role: 'assistant',
    text: asText(item['name']) + asText(item['arguments']) + asText(item['output']),
  }),
  mcp_approval_request: (item) => ({ role: 'assistant', text: asText(item['name']) + asText(item['arguments']), item }),
  mcp_approval_response: (item) => ({
    role: 'tool',
    text: item['approve'] === true ? 'one match' : 'nothing, the call was not approved',
    item,
  }),
};

const NO_NAMES: Names = new Map();

/** The item as a turn; undefined for items that say nothing. */
export function turnOf(item: Body, names: Names = NO_NAMES): Turn | undefined {
  return MAKERS[asText(item['type']) || 'message']?.(item, names);
}

function calledNames(items: readonly Body[], history: readonly Turn[]): Names {
  const names = new Map<string, string>();
  for (const turn of history) {
    if (turn.role === 'assistant' && turn.callId !== undefined) names.set(turn.callId, turn.name ?? '');
  }
  for (const item of items) {
    if (item['type'] === 'function_call' || item['type'] === 'custom_tool_call') {
      names.set(asText(item['call_id']), asText(item['name']));
    }
  }
  return names;
}

/** The request's own turns; `history` tells the names of tools that were called in earlier responses. */
export function inputTurns(items: readonly Body[], history: readonly Turn[]): readonly Turn[] {
  const names = calledNames(items, history);
  return items.map((item) => turnOf(item, names)).filter((turn) => turn !== undefined);
}
