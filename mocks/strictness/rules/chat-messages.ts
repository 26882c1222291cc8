import type { ObjectRule, Rule } from '../rule.ts';
import { anything, either, levels, list, nullable, object, oneOf, tagged, text } from '../rule.ts';
import { optionalText, toolName } from './shared.ts';

const CALL_ID = 40;

const breakpoint = object({ mode: oneOf('explicit') }, ['mode']);

const textPart = object({ type: text(), text: text(), prompt_cache_breakpoint: breakpoint }, ['type', 'text']);
const imagePart = object(
  {
    type: text(),
    image_url: object({ url: text(), detail: oneOf('auto', 'low', 'high') }, ['url']),
    prompt_cache_breakpoint: breakpoint,
  },
  ['type', 'image_url'],
);
const audioPart = object(
  {
    type: text(),
    input_audio: object({ data: text(), format: oneOf('wav', 'mp3') }, ['data', 'format']),
    prompt_cache_breakpoint: breakpoint,
  },
  ['type', 'input_audio'],
);
const filePart = object(
  {
    type: text(),
    file: object({ filename: text(), file_data: text(), file_id: text() }),
    prompt_cache_breakpoint: breakpoint,
  },
  ['type', 'file'],
);
const refusalPart = object({ type: text(), refusal: text() }, ['type', 'refusal']);

function content(parts: Readonly<Record<string, ObjectRule>>): Rule {
  return either({ text: text(), list: list(tagged('type', parts), { least: 1 }) });
}

const plain = content({ text: textPart });

const functionCall = object({ name: text(), arguments: text() }, ['name', 'arguments']);
const callId = levels(text(), text({ least: 1, most: CALL_ID }));
const toolCall = tagged('type', {
  function: object({ id: callId, type: text(), function: functionCall }, ['id', 'type', 'function']),
  custom: object({ id: callId, type: text(), custom: object({ name: text(), input: text() }, ['name', 'input']) }, [
    'id',
    'type',
    'custom',
  ]),
});

const authorName = levels(text(), text({ least: 1, most: 64, pattern: '^[^\\s<|\\\\/>]+$' }));
const instructing = object({ role: text(), content: plain, name: authorName }, ['content']);

/** A message of a chat request, by its role. */
export const chatMessage: Rule = tagged('role', {
  system: instructing,
  assistant: object({
    role: text(),
    content: nullable(content({ text: textPart, refusal: refusalPart })),
    refusal: optionalText,
    name: authorName,
    audio: nullable(object({ id: text() }, ['id'], 'open')),
    tool_calls: levels(list(toolCall), list(toolCall, { least: 1 })),
    function_call: nullable(functionCall),
    // Answers carry them, and come back as part of the conversation.
    annotations: anything,
  }),
  user: object(
    {
      role: text(),
      content: content({ text: textPart, image_url: imagePart, input_audio: audioPart, file: filePart }),
      name: authorName,
    },
    ['content'],
  ),
  function: object({ role: text(), content: optionalText, name: toolName(64) }, ['content', 'name']),
  // The specification has no name here, but clients send it and the provider takes it.
  tool: object({ role: text(), content: plain, tool_call_id: text(), name: anything }, ['content', 'tool_call_id']),
  developer: instructing,
});
