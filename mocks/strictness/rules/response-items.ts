import type { ObjectRule, Rule } from '../rule.ts';
import { anything, either, levels, list, nullable, object, oneOf, tagged, text } from '../rule.ts';
import { optionalText } from './shared.ts';

const CALL_ID = 64;

const status = nullable(oneOf('in_progress', 'completed', 'incomplete'));
const callId = levels(text(), text({ least: 1, most: CALL_ID }));
const detail = nullable(oneOf('low', 'high', 'auto', 'original'));
const breakpoint = object({ mode: oneOf('explicit') }, ['mode']);

/** Parts of a message's content; what an answer had comes back as it was. */
const parts: Readonly<Record<string, ObjectRule>> = {
  input_text: object({ type: text(), text: text(), prompt_cache_breakpoint: breakpoint }, ['text']),
  input_image: object({
    type: text(),
    image_url: optionalText,
    file_id: optionalText,
    detail,
    prompt_cache_breakpoint: breakpoint,
  }),
  output_text: object({ type: text(), text: text(), annotations: list(anything), logprobs: list(anything) }, ['text']),
  refusal: object({ type: text(), refusal: text() }, ['refusal']),
  input_file: object({
    type: text(),
    file_id: optionalText,
    filename: text(),
    file_data: text(),
    file_url: text(),
    detail,
    prompt_cache_breakpoint: breakpoint,
  }),
  computer_screenshot: object({ type: text(), image_url: optionalText, file_id: optionalText, detail }),
  summary_text: object({ type: text(), text: text() }, ['text']),
};

const content = either({ text: text(), list: list(tagged('type', parts)) });
const output = either({ text: text(), list: list(tagged('type', parts)) });

/** Of items that only come back from answers: what tells them apart, and the rest as it was. */
function echoed(...required: readonly string[]): ObjectRule {
  const fields = Object.fromEntries(required.map((name): [string, Rule] => [name, anything]));
  return object({ ...fields, type: text(), id: optionalText }, required, 'open');
}

const items: Readonly<Record<string, ObjectRule>> = {
  message: object(
    {
      type: text(),
      id: text(),
      role: oneOf('user', 'assistant', 'system', 'developer'),
      content,
      phase: nullable(oneOf('commentary', 'final_answer')),
      status,
    },
    ['role', 'content'],
  ),
  function_call: object(
    {
      type: text(),
      id: text(),
      call_id: callId,
      name: text(),
      arguments: text(),
      namespace: text(),
      caller: anything,
      status,
    },
    ['call_id', 'name', 'arguments'],
  ),
  function_call_output: object(
    {
      type: text(),
      id: optionalText,
      call_id: callId,
      output,
      name: optionalText,
      namespace: optionalText,
      caller: anything,
      status,
    },
    ['call_id', 'output'],
  ),
  custom_tool_call: object(
    {
      type: text(),
      id: text(),
      call_id: callId,
      name: text(),
      input: text(),
      namespace: text(),
      caller: anything,
      status,
    },
    ['call_id', 'name', 'input'],
  ),
  custom_tool_call_output: object({ type: text(), id: text(), call_id: callId, output, caller: anything, status }, [
    'call_id',
    'output',
  ]),
  reasoning: object(
    {
      type: text(),
      id: text(),
      summary: list(object({ type: oneOf('summary_text'), text: text() }, ['type', 'text'])),
      content: list(object({ type: oneOf('reasoning_text'), text: text() }, ['type', 'text'])),
      encrypted_content: optionalText,
      status,
    },
    ['id', 'summary'],
  ),
  item_reference: object({ type: optionalText, id: text() }, ['id']),
  file_search_call: echoed('id', 'queries'),
  web_search_call: echoed('id', 'status'),
  computer_call: echoed('id', 'call_id'),
  computer_call_output: echoed('call_id', 'output'),
  image_generation_call: echoed('id'),
  code_interpreter_call: echoed('id', 'container_id'),
  local_shell_call: echoed('id', 'call_id', 'action'),
  local_shell_call_output: echoed('id', 'output'),
  shell_call: echoed('call_id', 'action'),
  shell_call_output: echoed('call_id', 'output'),
  apply_patch_call: echoed('call_id', 'operation'),
  apply_patch_call_output: echoed('call_id', 'status'),
  mcp_list_tools: echoed('id', 'server_label', 'tools'),
  mcp_approval_request: echoed('id', 'server_label', 'name', 'arguments'),
  mcp_approval_response: echoed('approval_request_id', 'approve'),
  mcp_call: echoed('id', 'server_label', 'name', 'arguments'),
  tool_search_call: echoed('arguments'),
  tool_search_output: echoed('tools'),
  additional_tools: echoed('role', 'tools'),
  compaction: echoed('encrypted_content'),
  compaction_trigger: echoed(),
  program: echoed('id', 'call_id', 'code'),
  program_output: echoed('id', 'call_id', 'result'),
};

/** An item of `input`: without a type it is a message, or a reference when it has nothing but an id. */
export const responseItem: Rule = tagged('type', items, (value) =>
  'id' in value && !('role' in value) ? 'item_reference' : 'message',
);
