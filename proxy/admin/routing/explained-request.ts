import { type DetailIssue, unprocessable } from '../../core/detail-fault.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { IncomingHttpHeaders } from 'node:http';
import type { AskedPick } from '../../pipeline/auto/decide.ts';

/** The part of a request for `auto` that its body says. */
export type ExplainedRequest = Pick<AskedPick, 'family' | 'operation' | 'body' | 'headers'>;

const TASK_HEADERS = ['x-llmproxy-task', 'x-atom-intent'];

const MESSAGES = { required: ['messages'], properties: { messages: {} } };
const INPUT = { required: ['input'], properties: { input: {} } };

/** JSON Schema of the body of `POST /routing/explain`. */
export const EXPLAIN_BODY: JsonObject = {
  type: 'object',
  anyOf: [
    { required: ['messages'], properties: { messages: { type: 'array' } } },
    { not: MESSAGES, required: ['input'], properties: { input: { type: ['string', 'array'] } } },
    {
      not: { anyOf: [MESSAGES, INPUT] },
      required: ['prompt'],
      properties: { prompt: { type: 'string' }, task_type: { type: ['string', 'null'] } },
    },
  ],
};

/** A chat request, a Responses request or a text alone, in this order. Throws DetailFault 422. */
export function explainedRequest(body: unknown, headers: IncomingHttpHeaders): ExplainedRequest {
  if (!isJsonObject(body)) {
    throw unprocessable({ type: 'model_attributes_type', loc: ['body'], msg: 'Input should be a valid object' });
  }
  const { messages, input, prompt } = body;
  if (messages !== undefined) {
    if (!Array.isArray(messages)) throw wrong('list_type', 'messages', 'Input should be a valid list');
    return { family: 'chat', operation: 'chat.completions', body, headers };
  }
  if (input !== undefined) {
    const isInput = typeof input === 'string' || Array.isArray(input);
    if (!isInput) throw wrong('list_type', 'input', 'Input should be a valid string or list');
    return { family: 'responses', operation: 'responses', body, headers };
  }
  if (prompt === undefined) throw wrong('missing', 'prompt', 'One of prompt, messages and input is required');
  if (typeof prompt !== 'string') throw wrong('string_type', 'prompt', 'Input should be a valid string');
  return {
    family: 'chat',
    operation: 'chat.completions',
    body: { messages: [{ role: 'user', content: prompt }] },
    headers: withTask(headers, body['task_type']),
  };
}

/** What the headers say of the task stands before the body. */
function withTask(headers: IncomingHttpHeaders, task: JsonObject[string] | undefined): IncomingHttpHeaders {
  if (task === undefined || task === null) return headers;
  if (typeof task !== 'string') throw wrong('string_type', 'task_type', 'Input should be a valid string');
  return TASK_HEADERS.some((name) => headers[name] !== undefined) ? headers : { ...headers, 'x-llmproxy-task': task };
}

function wrong(type: DetailIssue['type'], member: string, msg: string): Error {
  return unprocessable({ type, loc: ['body', member], msg });
}
