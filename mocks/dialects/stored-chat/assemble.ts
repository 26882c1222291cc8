import { asText, objectsIn } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

interface Call {
  readonly id: string;
  readonly type: string;
  readonly custom: boolean;
  name: string;
  input: string;
}

interface Choice {
  content: string | null;
  refusal: string | null;
  readonly calls: Map<number, Call>;
  called: { name: string; arguments: string } | undefined;
  logprobs: unknown[] | undefined;
  finish: unknown;
}

function addCall(choice: Choice, delta: Body): void {
  const at = Number(delta['index'] ?? 0);
  const made = isBody(delta['custom']) ? delta['custom'] : isBody(delta['function']) ? delta['function'] : {};
  const call = choice.calls.get(at) ?? {
    id: asText(delta['id']),
    type: asText(delta['type']),
    custom: isBody(delta['custom']),
    name: '',
    input: '',
  };
  choice.calls.set(at, call);
  call.name += asText(made['name']);
  call.input += asText(made['arguments']) + asText(made['input']);
}

function addDelta(choice: Choice, delta: Body): void {
  if (typeof delta['content'] === 'string') choice.content = (choice.content ?? '') + delta['content'];
  if (typeof delta['refusal'] === 'string') choice.refusal = (choice.refusal ?? '') + delta['refusal'];
  for (const call of objectsIn(delta['tool_calls'])) addCall(choice, call);
  const called = delta['function_call'];
  if (!isBody(called)) return;
  choice.called ??= { name: '', arguments: '' };
  choice.called.name += asText(called['name']);
  choice.called.arguments += asText(called['arguments']);
}

function shownCall(call: Call): Body {
  const made = call.custom
    ? { custom: { name: call.name, input: call.input } }
    : { function: { name: call.name, arguments: call.input } };
  return { id: call.id, type: call.type, ...made };
}

function shownChoice(index: number, choice: Choice, reasoning: boolean): Body {
  const calls = [...choice.calls.values()].map(shownCall);
  const logprobs = choice.logprobs === undefined ? null : { content: choice.logprobs, refusal: null };
  return {
    index,
    message: {
      role: 'assistant',
      content: choice.content,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...(choice.called === undefined ? {} : { function_call: choice.called }),
      refusal: choice.refusal,
      annotations: [],
    },
    ...(reasoning ? {} : { logprobs }),
    finish_reason: choice.finish,
  };
}

/** Puts the chunks of a chat stream together to the completion that the same request without `stream` would have got. */
export class ChatAssembler {
  #first: Body | undefined;
  #usage: unknown;
  #reasoning = true;
  readonly #choices = new Map<number, Choice>();

  /** One event as it went out. */
  add(bytes: string): void {
    const data = /^data: (.*)$/m.exec(bytes)?.[1];
    if (data === undefined || data === '[DONE]') return;
    const chunk: unknown = JSON.parse(data);
    if (!isBody(chunk)) return;
    this.#first ??= chunk;
    this.#usage = chunk['usage'] ?? this.#usage;
    for (const choice of objectsIn(chunk['choices'])) this.#addChoice(choice);
  }

  #addChoice(part: Body): void {
    const index = Number(part['index'] ?? 0);
    const known = this.#choices.get(index);
    const choice: Choice = known ?? {
      content: null,
      refusal: null,
      calls: new Map(),
      called: undefined,
      logprobs: undefined,
      finish: null,
    };
    if (known === undefined) this.#choices.set(index, choice);
    if (isBody(part['delta'])) addDelta(choice, part['delta']);
    if ('logprobs' in part) this.#reasoning = false;
    if (isBody(part['logprobs'])) (choice.logprobs ??= []).push(...objectsIn(part['logprobs']['content']));
    choice.finish = part['finish_reason'] ?? choice.finish;
  }

  /** `undefined` when not every choice has come to its end. */
  completion(): Body | undefined {
    const choices = [...this.#choices].toSorted(([one], [other]) => one - other);
    if (this.#first === undefined || choices.length === 0) return undefined;
    if (choices.some(([, choice]) => choice.finish === null)) return undefined;
    const { id, created, model, service_tier: tier, system_fingerprint: fingerprint } = this.#first;
    return {
      id,
      object: 'chat.completion',
      created,
      model,
      choices: choices.map(([index, choice]) => shownChoice(index, choice, this.#reasoning)),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      service_tier: tier,
      system_fingerprint: fingerprint,
    };
  }
}
