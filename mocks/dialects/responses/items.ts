import type { GeneratedCall } from '../../generation/content.ts';
import type { Generation } from '../../generation/generate.ts';
import type { Prompt } from '../../generation/prompt.ts';
import { json, quote } from '../json.ts';
import { logprobsJson } from '../logprobs.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import type { HostedOutput, HostedRun } from './hosted/hosted.ts';
import type { ItemEvent } from './hosted/item-events.ts';
import { itemForm } from './hosted/item-events.ts';
import { runHosted } from './hosted/run.ts';
import type { ItemIds } from './ids.ts';
import { reasoningItem } from './reasoning-item.ts';

/** An output item that knows its wire form when it is begun and when it is done. */
export type OutputItem = ReasoningItem | MessageItem | CallItem | HostedItem;

interface Stages {
  readonly id: string;
  /** Compact JSON in `response.output_item.added`. */
  readonly added: string;
  /** Compact JSON in `response.output_item.done` and in the response's `output`. */
  readonly done: string;
}

export interface ReasoningItem extends Stages {
  readonly kind: 'reasoning';
  /** Of the summary; none when there is no summary. */
  readonly parts: readonly SpokenText[];
  /** Of models that show their reasoning itself. */
  readonly open: SpokenText | undefined;
}

/** A text with its deltas. */
export interface SpokenText {
  readonly text: string;
  readonly pieces: readonly string[];
}

export interface MessageItem extends Stages {
  readonly kind: 'message';
  readonly part: 'output_text' | 'refusal';
  readonly text: string;
  /** It stands before calls, and says so. */
  readonly commentary: boolean;
  /** Compact JSON of each. */
  readonly annotations: readonly string[];
  readonly pieces: readonly string[];
  /** JSON array of a text's logprobs; `[]` when they were not asked for. */
  readonly logprobs: (text: string) => string;
}

export interface CallItem extends Stages {
  readonly kind: 'function_call' | 'custom_tool_call';
  readonly callId: string;
  readonly call: GeneratedCall;
}

export interface HostedItem extends Stages {
  readonly kind: 'hosted';
  readonly value: Body;
  readonly events: readonly ItemEvent[];
}

export interface ItemOptions {
  readonly body: Body;
  readonly prompt: Prompt;
  readonly ids: ItemIds;
  readonly context: DialectContext;
}

function includes(body: Body, name: string): boolean {
  return Array.isArray(body['include']) && body['include'].includes(name);
}

/** JSON of a message's one content part. */
export function contentPart(item: Pick<MessageItem, 'part' | 'logprobs' | 'annotations'>, text: string): string {
  if (item.part === 'refusal') return `{"type":"refusal","refusal":${quote(text)}}`;
  const annotations = text === '' ? '' : item.annotations.join(',');
  return `{"type":"output_text","annotations":[${annotations}],"logprobs":${text === '' ? '[]' : item.logprobs(text)},"text":${quote(text)}}`;
}

function messageItem(answer: Generation, options: ItemOptions, hosted: HostedRun | undefined): MessageItem {
  const { body, prompt, context } = options;
  const id = options.ids('msg');
  const text = answer.refusal ?? answer.text ?? '';
  const part = answer.refusal === undefined ? 'output_text' : 'refusal';
  const annotations = (hosted?.annotate?.(text) ?? []).map(json);
  const top = typeof body['top_logprobs'] === 'number' ? body['top_logprobs'] : 0;
  const wanted = includes(body, 'message.output_text.logprobs') || top > 0;
  const logprobs = (piece: string): string =>
    wanted ? logprobsJson(piece, top, prompt.model.encoding, context.tokenizer) : '[]';
  const commentary = prompt.model.phases && answer.calls.length > 0;
  const phase = prompt.model.phases ? `"phase":"${commentary ? 'commentary' : 'final_answer'}",` : '';
  const form = (status: string, content: string): string =>
    `{"id":"${id}","type":"message","status":"${status}","content":[${content}],${phase}"role":"assistant"}`;
  const finished = answer.finish === 'length' || answer.finish === 'content_filter' ? 'incomplete' : 'completed';
  return {
    kind: 'message',
    id,
    added: form('in_progress', ''),
    done: form(finished, contentPart({ part, logprobs, annotations }, text)),
    part,
    text,
    commentary,
    annotations,
    pieces: answer.pieces,
    logprobs,
  };
}

function callItem(call: GeneratedCall, cutOff: boolean, options: ItemOptions): CallItem {
  const custom = call.kind === 'custom';
  const kind = custom ? 'custom_tool_call' : 'function_call';
  const id = options.ids(custom ? 'ctc' : 'fc');
  const callId = `call_${options.context.random.alnum(24)}`;
  const form = (status: string, input: string): string => {
    const made = custom
      ? `"call_id":"${callId}","input":${quote(input)}`
      : `"arguments":${quote(input)},"call_id":"${callId}"`;
    return `{"id":"${id}","type":"${kind}","status":"${status}",${made},"name":${quote(call.name)}}`;
  };
  return {
    kind,
    id,
    callId,
    call,
    added: form('in_progress', ''),
    done: form(cutOff ? 'incomplete' : 'completed', call.input),
  };
}

function hostedItem(output: HostedOutput, { prompt, context }: ItemOptions): HostedItem {
  const { value } = output;
  const { begun, events } = itemForm(value);
  const pieces = (text: string): readonly string[] => context.tokenizer.pieces(text, prompt.model.encoding);
  const id = typeof value['id'] === 'string' ? value['id'] : '';
  return { kind: 'hosted', id, value, added: json(begun(value)), done: json(value), events: events(output, pieces) };
}

/** Only requests that name tools, and scripts that name items, pay for looking. */
function hostedRun(answer: Generation, options: ItemOptions): HostedRun | undefined {
  const { body, prompt, ids, context } = options;
  if (body['tools'] === undefined && prompt.scripted?.items === undefined) return undefined;
  return runHosted(answer, { body, prompt, ids, random: context.random, context });
}

/** Reasoning, then what hosted tools did, the message, and the calls. */
export function outputItems(answer: Generation, options: ItemOptions): readonly OutputItem[] {
  const reasons = answer.reasoningTokens > 0 || options.prompt.scripted?.reasoning !== undefined;
  const hosted = hostedRun(answer, options);
  const speaks = answer.text !== undefined || answer.refusal !== undefined;
  return [
    ...(reasons ? [reasoningItem(answer, options)] : []),
    ...(hosted?.outputs.map((output) => hostedItem(output, options)) ?? []),
    ...(speaks ? [messageItem(answer, options, hosted)] : []),
    ...answer.calls.map((call, at) =>
      callItem(call, answer.finish === 'length' && at === answer.calls.length - 1, options),
    ),
  ];
}
