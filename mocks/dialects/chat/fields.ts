import { tooFew, unsupportedChoice } from '../../refusals/sentences.ts';
import { missingField, refuse } from '../errors.ts';
import type { DialectContext, JsonReply } from '../reply.ts';
import type { Body, FieldRule } from '../validate.ts';
import { isBody, refusedField, wrongType } from '../validate.ts';

const RULES: readonly FieldRule[] = [
  { name: 'messages', expected: 'an array of objects' },
  { name: 'temperature', expected: 'a decimal', least: 0, most: 2 },
  { name: 'top_p', expected: 'a decimal', least: 0, most: 1 },
  { name: 'n', expected: 'an integer', least: 1, most: 128 },
  { name: 'stream', expected: 'a boolean' },
  { name: 'stream_options', expected: 'an object' },
  { name: 'stop', expected: 'one of a string or array of strings' },
  { name: 'max_tokens', expected: 'an integer', least: 1 },
  { name: 'max_completion_tokens', expected: 'an integer', least: 1 },
  { name: 'presence_penalty', expected: 'a decimal', least: -2, most: 2 },
  { name: 'frequency_penalty', expected: 'a decimal', least: -2, most: 2 },
  { name: 'logprobs', expected: 'a boolean' },
  { name: 'top_logprobs', expected: 'an integer', least: 0, most: 20 },
  { name: 'seed', expected: 'an integer' },
  { name: 'tools', expected: 'an array of objects' },
  { name: 'parallel_tool_calls', expected: 'a boolean' },
  { name: 'response_format', expected: 'an object' },
  { name: 'metadata', expected: 'an object' },
  { name: 'user', expected: 'a string' },
];

const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

function refusedMessage(message: unknown, at: number, context: DialectContext): JsonReply | undefined {
  const param = `messages[${at}]`;
  if (!isBody(message)) return wrongType(context, param, 'an object', message);
  const { role, content } = message;
  if (role === undefined) return missingField(context, `${param}.role`);
  if (typeof role !== 'string') return wrongType(context, `${param}.role`, 'a string', role);
  if (!ROLES.includes(role)) return refuse(context, unsupportedChoice(`${param}.role`, role, ROLES));
  if (content === undefined || content === null || typeof content === 'string' || Array.isArray(content))
    return undefined;
  return wrongType(context, `${param}.content`, 'one of a string or array of objects', content);
}

/** The provider's error for the first field of a chat request that is wrong. */
export function refusedChat(body: Body, context: DialectContext): JsonReply | undefined {
  const refused = refusedField(body, RULES, context);
  if (refused) return refused;
  const messages = body['messages'] as readonly unknown[];
  if (messages.length === 0) {
    return refuse(context, tooFew({ thing: 'array', path: 'messages', size: 0 }, 1));
  }
  for (const [at, message] of messages.entries()) {
    const wrong = refusedMessage(message, at, context);
    if (wrong) return wrong;
  }
  return undefined;
}
