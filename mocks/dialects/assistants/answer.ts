import { chatCompletions } from '../chat/operation.ts';
import { asText, objectsIn } from '../content.ts';
import { plainRequest } from '../stored-object.ts';
import type { DialectContext, StoredObject } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { messagesOf, textOf } from './store.ts';

export interface RunUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export interface CalledFunction {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** What the model says when a run asks it. */
export type RunAnswer =
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'calls'; readonly calls: readonly CalledFunction[]; readonly usage: RunUsage }
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean; readonly usage: RunUsage };

/** Calls of a run and what the client said they returned, by call id. */
export interface ToolRound {
  readonly calls: readonly CalledFunction[];
  readonly outputs: Readonly<Record<string, string>>;
}

function chatPart(part: Body): Body {
  return part['type'] === 'text' && isBody(part['text']) ? { type: 'text', text: asText(part['text']['value']) } : part;
}

function threadMessages(thread: string, context: DialectContext): readonly Body[] {
  return context.objects.all(messagesOf(thread)).map(({ body }) => ({
    role: body['role'],
    content: objectsIn(body['content'])
      .map(chatPart)
      .filter((part) => part['type'] === 'text' || part['type'] === 'image_url'),
  }));
}

function roundMessages({ calls, outputs }: ToolRound): readonly Body[] {
  const tools = calls.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: given },
  }));
  return [
    { role: 'assistant', content: null, tool_calls: tools },
    ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: outputs[id] ?? '' })),
  ];
}

export function roundsOf(run: StoredObject): readonly ToolRound[] {
  return Array.isArray(run.hidden['rounds']) ? (run.hidden['rounds'] as readonly ToolRound[]) : [];
}

/** The run as the chat request that it comes down to. */
function chatBody(run: StoredObject, context: DialectContext): Body {
  const { body } = run;
  const instructions = asText(body['instructions']);
  const tools = objectsIn(body['tools']).filter((tool) => tool['type'] === 'function');
  const choice = body['tool_choice'];
  const named = isBody(choice) && choice['type'] !== 'function' ? 'auto' : choice;
  const format = body['response_format'];
  const messages = threadMessages(textOf(run, 'thread_id'), context);
  // A run over an empty thread has nothing but its instructions, be they empty.
  const instructed = instructions !== '' || messages.length === 0;
  return {
    model: body['model'],
    messages: [
      ...(instructed ? [{ role: 'system', content: instructions }] : []),
      ...messages,
      ...roundsOf(run).flatMap(roundMessages),
    ],
    ...(tools.length === 0 ? {} : { tools, tool_choice: named, parallel_tool_calls: body['parallel_tool_calls'] }),
    ...(isBody(format) ? { response_format: format } : {}),
    ...(body['max_completion_tokens'] === null ? {} : { max_completion_tokens: body['max_completion_tokens'] }),
  };
}

function usageOf(usage: unknown): RunUsage {
  const of = (field: string): number => (isBody(usage) ? Number(usage[field] ?? 0) : 0);
  return {
    prompt_tokens: of('prompt_tokens'),
    completion_tokens: of('completion_tokens'),
    total_tokens: of('total_tokens'),
  };
}

function calledFunction(call: Body): CalledFunction {
  const made = isBody(call['function']) ? call['function'] : {};
  return { id: asText(call['id']), name: asText(made['name']), arguments: asText(made['arguments']) };
}

/** Asks the chat operation; what it refuses fails the run. */
export function runAnswer(run: StoredObject, context: DialectContext): RunAnswer {
  // A script speaks once: after the tools have answered the model goes on by itself.
  const scripted = roundsOf(run).length > 0 ? undefined : (run.hidden['scripted'] as DialectContext['scripted']);
  const request = plainRequest(chatCompletions, chatBody(run, context));
  const reply = chatCompletions.handle(request, { ...context, scripted: context.scripted ?? scripted });
  if (reply.kind !== 'json') return { kind: 'failed', message: 'The model gave no answer.' };
  const answer = JSON.parse(reply.body) as Body;
  if (isBody(answer['error'])) return { kind: 'failed', message: asText(answer['error']['message']) };
  const usage = usageOf(answer['usage']);
  const [choice = {}] = objectsIn(answer['choices']);
  const message = isBody(choice['message']) ? choice['message'] : {};
  const calls = objectsIn(message['tool_calls']).map(calledFunction);
  if (calls.length > 0) return { kind: 'calls', calls, usage };
  const text = asText(message['content']) || asText(message['refusal']);
  return { kind: 'text', text, cut: choice['finish_reason'] === 'length', usage };
}
