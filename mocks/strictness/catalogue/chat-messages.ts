import type { Row } from './entry.ts';
import { badPattern, badValue, emptyArray, longString, missing, unknown, wrongType } from './entry.ts';

const user = { role: 'user', content: 'Hi' };
const ROLES = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'";

/** Chat: messages of the wrong shape. */
export const chatMessages: readonly Row[] = [
  {
    id: 'message-string',
    level: 'off',
    with: { messages: ['Hi'] },
    ...wrongType('messages[0]', 'an object', 'a string'),
  },
  { id: 'role-missing', level: 'off', with: { messages: [{ content: 'Hi' }] }, ...missing('messages[0].role') },
  {
    id: 'role-unknown',
    level: 'off',
    with: { messages: [{ role: 'bot', content: 'Hi' }] },
    ...badValue('messages[0].role', 'bot', ROLES),
  },
  { id: 'content-missing', with: { messages: [{ role: 'user' }] }, ...missing('messages[0].content') },
  {
    id: 'content-number',
    level: 'off',
    with: { messages: [{ role: 'user', content: 5 }] },
    ...wrongType('messages[0].content', 'one of a string or array of objects', 'an integer'),
  },
  {
    id: 'content-null',
    with: { messages: [{ role: 'user', content: null }] },
    ...wrongType('messages[0].content', 'one of a string or array of objects', 'null'),
  },
  { id: 'content-empty', with: { messages: [{ role: 'user', content: [] }] }, ...emptyArray('messages[0].content') },
  {
    id: 'part-type-unknown',
    with: { messages: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }] },
    ...badValue('messages[0].content[0].type', 'input_text', "'text', 'image_url', 'input_audio', and 'file'"),
  },
  {
    id: 'part-text-missing',
    with: { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
    ...missing('messages[0].content[0].text'),
  },
  {
    id: 'image-url-string',
    with: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'https://x.test/a.png' }] }] },
    ...wrongType('messages[0].content[0].image_url', 'an object', 'a string'),
  },
  {
    id: 'image-detail-unknown',
    with: {
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'max' } }] },
      ],
    },
    ...badValue('messages[0].content[0].image_url.detail', 'max', "'auto', 'low', and 'high'"),
  },
  {
    id: 'audio-format-unknown',
    with: {
      messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'flac' } }] }],
    },
    ...badValue('messages[0].content[0].input_audio.format', 'flac', "'wav' and 'mp3'"),
  },
  {
    id: 'author-name-with-spaces',
    level: 'openai',
    with: { messages: [{ ...user, name: 'Jane Doe' }] },
    ...badPattern('messages[0].name', '^[^\\s<|\\\\/>]+$'),
  },
  {
    id: 'message-unknown-field',
    level: 'openai',
    with: { messages: [{ ...user, reasoning_content: 'x' }] },
    ...unknown('messages[0].reasoning_content'),
  },
  {
    id: 'parsed-sent-back',
    level: 'openai',
    with: { messages: [user, { role: 'assistant', content: '{}', parsed: {} }, user] },
    ...unknown('messages[1].parsed'),
  },
  {
    id: 'tool-calls-empty',
    level: 'openai',
    with: { messages: [user, { role: 'assistant', content: 'x', tool_calls: [] }, user] },
    ...emptyArray('messages[1].tool_calls'),
  },
  {
    id: 'tool-call-index-sent-back',
    level: 'openai',
    with: {
      messages: [
        user,
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'x' },
      ],
    },
    ...unknown('messages[1].tool_calls[0].index'),
  },
  {
    id: 'tool-call-id-too-long',
    level: 'openai',
    with: {
      messages: [
        user,
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c'.repeat(53), type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c'.repeat(53), content: 'x' },
      ],
    },
    ...longString('messages[1].tool_calls[0].id', 40, 53),
  },
  {
    id: 'tool-call-arguments-object',
    with: {
      messages: [
        user,
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: {} } }],
        },
      ],
    },
    ...wrongType('messages[1].tool_calls[0].function.arguments', 'a string', 'an object'),
  },
  {
    id: 'tool-call-id-missing',
    with: { messages: [{ role: 'tool', content: 'x' }] },
    ...missing('messages[0].tool_call_id'),
  },
];
