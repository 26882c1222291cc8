import type { Row } from './entry.ts';
import { unknown, unsupportedChoice, wrongKind } from '../../refusals/sentences.ts';

const user = { role: 'user', content: 'Hi' };
const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' };
const answer = { type: 'function_call_output', call_id: 'call_1', output: 'x' };

/** Responses: input items. */
export const responsesItems: readonly Row[] = [
  { id: 'item-string', level: 'off', with: { input: ['Hi'] }, ...wrongKind('input[0]', 'an object', 'a string') },
  {
    id: 'part-type-of-chat',
    with: { input: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] },
    ...unsupportedChoice('input[0].content[0].type', 'text', [
      'input_text',
      'input_image',
      'output_text',
      'refusal',
      'input_file',
      'computer_screenshot',
      'summary_text',
    ]),
  },
  {
    id: 'part-of-the-other-side',
    level: 'openai',
    with: { input: [user, { role: 'assistant', content: [{ type: 'input_text', text: 'Hi' }] }, user] },
    ...unsupportedChoice('input[1].content[0].type', 'input_text', ['output_text', 'refusal']),
  },
  {
    id: 'tool-calls-of-chat',
    level: 'openai',
    with: { input: [user, { role: 'assistant', content: '', tool_calls: [] }] },
    ...unknown('input[1].tool_calls'),
  },
  {
    id: 'call-parsed-sent-back',
    level: 'openai',
    with: { input: [user, { ...call, parsed_arguments: {} }, answer] },
    ...unknown('input[1].parsed_arguments'),
  },
  {
    id: 'output-without-call',
    level: 'off',
    with: { input: [user, answer] },
    param: 'input',
    message: 'No tool call found for function call output with call_id call_1.',
  },
  {
    id: 'call-without-output',
    level: 'off',
    with: { input: [user, call] },
    param: 'input',
    message: 'No tool output found for function call call_1.',
  },
  {
    id: 'reasoning-alone',
    level: 'openai',
    with: { model: 'gpt-5', input: [user, { type: 'reasoning', id: 'rs_1', summary: [] }] },
    param: 'input',
    message: "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
  },
  {
    id: 'reasoning-before-user',
    level: 'openai',
    with: { model: 'gpt-5', input: [{ type: 'reasoning', id: 'rs_1', summary: [] }, user] },
    param: 'input',
    message: "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
  },
  {
    id: 'item-id-prefix',
    level: 'openai',
    with: { input: [{ type: 'message', id: 'abc', role: 'assistant', content: 'x' }, user] },
    param: 'input[0].id',
    code: 'invalid_value',
    message: "Invalid 'input[0].id': 'abc'. Expected an ID that begins with 'msg'.",
  },
  {
    id: 'item-twice',
    level: 'openai',
    with: {
      input: [
        { type: 'message', id: 'msg_1', role: 'assistant', content: 'x' },
        { type: 'message', id: 'msg_1', role: 'assistant', content: 'x' },
        user,
      ],
    },
    param: 'input',
    message: 'Duplicate item found with id msg_1. Remove duplicate items from your input and try again.',
  },
  {
    id: 'item-not-stored',
    level: 'openai',
    with: { input: [{ type: 'item_reference', id: 'rs_123' }, user] },
    status: 404,
    param: 'input',
    message:
      "Item with id 'rs_123' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.",
  },
  {
    id: 'image-not-a-url',
    level: 'openai',
    with: { input: [{ role: 'user', content: [{ type: 'input_image', detail: 'auto', image_url: 'cat.png' }] }] },
    param: 'input[0].content[0].image_url',
    code: 'invalid_value',
    message: "Invalid 'input[0].content[0].image_url'. Expected a valid URL, but got a value with an invalid format.",
  },
  {
    id: 'image-type',
    level: 'openai',
    with: {
      input: [
        { role: 'user', content: [{ type: 'input_image', detail: 'auto', image_url: 'data:text/plain;base64,aGk=' }] },
      ],
    },
    param: 'input[0].content[0].image_url',
    code: 'invalid_value',
    message: /but got unsupported MIME type 'text\/plain'\.$/,
  },
  {
    id: 'image-bytes',
    level: 'openai',
    with: {
      input: [
        {
          role: 'user',
          content: [{ type: 'input_image', detail: 'auto', image_url: 'data:image/jpeg;base64,aGVsbG8gd29ybGQ=' }],
        },
      ],
    },
    code: 'invalid_image_format',
    message: /^You uploaded an unsupported image\./,
  },
];
