import type { Row } from './entry.ts';

const user = { role: 'user', content: 'Hi' };
const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
const image = (url: string) => ({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] });
const UNANSWERED =
  "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ";
const ORPHAN =
  "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";

/** Chat: conversations that do not hold together. */
export const chatConversations: readonly Row[] = [
  {
    id: 'tool-message-without-call',
    with: { messages: [user, { role: 'tool', tool_call_id: 'call_1', content: 'x' }] },
    param: 'messages.[1].role',
    message: ORPHAN,
  },
  {
    id: 'tool-message-for-another-call',
    with: {
      messages: [
        user,
        { role: 'assistant', content: null, tool_calls: [call('call_1')] },
        { role: 'tool', tool_call_id: 'call_2', content: 'x' },
      ],
    },
    param: 'messages.[2].role',
    message: ORPHAN,
  },
  {
    id: 'call-without-answer',
    with: { messages: [user, { role: 'assistant', content: null, tool_calls: [call('call_1')] }, user] },
    param: 'messages.[2].role',
    message: `${UNANSWERED}call_1`,
  },
  {
    id: 'one-of-two-calls-answered',
    with: {
      messages: [
        user,
        { role: 'assistant', content: null, tool_calls: [call('call_1'), call('call_2')] },
        { role: 'tool', tool_call_id: 'call_1', content: 'x' },
        user,
      ],
    },
    param: 'messages.[3].role',
    message: `${UNANSWERED}call_2`,
  },
  {
    id: 'call-at-the-end',
    with: { messages: [user, { role: 'assistant', content: null, tool_calls: [call('call_1')] }] },
    param: 'messages.[1].role',
    message: `${UNANSWERED}call_1`,
  },
  {
    id: 'assistant-says-nothing',
    with: { messages: [user, { role: 'assistant', content: null }, user] },
    param: 'messages.[1].content',
    message: "Invalid value for 'content': expected a string, got null.",
  },
  { id: 'image-not-a-url', with: image('cat.png'), code: 'invalid_image_url', message: 'Error while downloading URL.' },
  {
    id: 'image-type',
    with: image('data:text/plain;base64,aGk='),
    code: 'invalid_image_format',
    message: /^You uploaded an unsupported image\./,
  },
  {
    id: 'image-bytes',
    with: image('data:image/jpeg;base64,aGVsbG8gd29ybGQ='),
    code: 'invalid_image_format',
    message: /^You uploaded an unsupported image\./,
  },
  {
    id: 'image-base64',
    with: image('data:image/png;base64,%%%'),
    code: 'invalid_base64',
    message: 'Invalid base64 image_url.',
  },
];
