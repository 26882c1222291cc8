import type { ChatCompletion } from 'openai/resources/chat/completions';
import type { Response } from 'openai/resources/responses/responses';
import type { CountedFunction } from '../generation/prompt-tokens/function-block.ts';
import type { CountedSchema } from '../generation/prompt-tokens/schema-block.ts';
import { bodyOf, call } from './testing.ts';

/** What both operations are asked, in words of their own. */
export interface Asked {
  readonly talk: readonly Said[];
  readonly functions?: readonly CountedFunction[];
  readonly schema?: CountedSchema;
  readonly choice?: 'required' | { readonly name: string };
  readonly parallel?: false;
}

export interface Called {
  readonly name: string;
  readonly input: string;
  readonly output: string;
}

type Said =
  | { readonly role: string; readonly content: string; readonly name?: string }
  | { readonly calls: readonly Called[] };

export const question = { role: 'user', content: 'Name a long river.' };
export const findHull = { name: 'find_harbour', input: '{"town":"Hull","unit":"feet"}', output: '12 feet deep' };
export const tideNow = { name: 'tide_now', input: '{}', output: 'ebb' };

const callId = (at: number) => `call_${at}`;

export function chatMessages(said: Said): readonly object[] {
  if (!('calls' in said)) return [said];
  const made = said.calls.map(({ name, input }, at) => ({
    id: callId(at),
    type: 'function',
    function: { name, arguments: input },
  }));
  const results = said.calls.map(({ output }, at) => ({ role: 'tool', tool_call_id: callId(at), content: output }));
  return [{ role: 'assistant', content: null, tool_calls: made }, ...results];
}

function inputItems(said: Said): readonly object[] {
  if (!('calls' in said)) return [said];
  const calls = said.calls.map(({ name, input }, at) => ({
    type: 'function_call',
    call_id: callId(at),
    name,
    arguments: input,
  }));
  const results = said.calls.map(({ output }, at) => ({ type: 'function_call_output', call_id: callId(at), output }));
  return [...calls, ...results];
}

export function chatBody({ talk, functions, schema, choice, parallel }: Asked): object {
  return {
    messages: talk.flatMap(chatMessages),
    tools: functions?.map((made) => ({ type: 'function', function: made })),
    response_format: schema && { type: 'json_schema', json_schema: { ...schema, strict: true } },
    tool_choice: typeof choice === 'object' ? { type: 'function', function: choice } : choice,
    parallel_tool_calls: parallel,
  };
}

export function responsesBody({ talk, functions, schema, choice, parallel }: Asked): object {
  return {
    input: talk.flatMap(inputItems),
    tools: functions?.map((made) => ({ type: 'function', ...made })),
    text: schema && { format: { type: 'json_schema', ...schema, strict: true } },
    tool_choice: typeof choice === 'object' ? { type: 'function', ...choice } : choice,
    parallel_tool_calls: parallel,
  };
}

/** As JSON carries it: without what is undefined. */
export const wire = (body: object): object => JSON.parse(JSON.stringify(body)) as object;

export const chatTokens = (model: string, body: object) =>
  (bodyOf(call('chat.completions', { body: wire({ model, ...body }) })) as ChatCompletion).usage?.prompt_tokens ?? -1;
export const responsesTokens = (model: string, body: object) =>
  (bodyOf(call('responses', { body: wire({ model, ...body }) })) as Response).usage?.input_tokens ?? -1;
