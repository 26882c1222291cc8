import type { Row } from './entry.ts';
import { missing, unknown, unsupportedChoice, wrongKind } from '../../refusals/sentences.ts';

const user = { role: 'user', content: 'Hi' };
const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

/** Chat: messages of the wrong shape. */
export const chatMessages: readonly Row[] = [
  {
    id: 'message-string',
    level: 'off',
    with: { messages: ['Hi'] },
    ...wrongKind('messages[0]', 'an object', 'a string'),
  },
  { id: 'role-missing', level: 'off', with: { messages: [{ content: 'Hi' }] }, ...missing('messages[0].role') },
  {
    id: 'role-unknown',
    level: 'off',
    with: { messages: [{ role: 'bot', content: 'Hi' }] },
    ...unsupportedChoice('messages[0].role', 'bot', ROLES),
  },
  {
    id: 'content-number',
    level: 'off',
    with: { messages: [{ role: 'user', content: 5 }] },
    ...wrongKind('messages[0].content', 'one of a string or array of objects', 'an integer'),
  },
  {
    id: 'content-null',
    with: { messages: [{ role: 'user', content: null }] },
    ...wrongKind('messages[0].content', 'one of a string or array of objects', 'null'),
  },
  {
    id: 'audio-format-unknown',
    with: {
      messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'flac' } }] }],
    },
    ...unsupportedChoice('messages[0].content[0].input_audio.format', 'flac', ['wav', 'mp3']),
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
];
