import type { Draft } from './draft.ts';

/** What was read of an answer so far, in whatever form it came. */
export interface Answer {
  readonly text: string;
  readonly reasoning: string;
  readonly tools: readonly { readonly name: string; readonly input: string }[];
  readonly usage?: unknown;
  readonly finish?: string;
  readonly fault?: string;
}

export const NO_ANSWER: Answer = { text: '', reasoning: '', tools: [] };

/** JSON that is read without trust: a member may be missing, and be of any type. */
type Loose = { readonly [member: string]: Loose | undefined };

/** The answer with an event of a stream, or with a whole JSON body; `api` says how to read it. */
export function withPart(answer: Answer, api: Draft['api'], value: unknown): Answer {
  const part = (value ?? {}) as Loose;
  const read = api === 'chat' ? withChat(answer, part) : withResponse(answer, part);
  const fault = part['error'] ?? part['response']?.['error'] ?? (textOf(part['type']) === 'error' ? part : undefined);
  return fault ? { ...read, fault: textOf(fault['message']) || JSON.stringify(fault) } : read;
}

/** A chunk has the same members in `delta` that a whole answer has in `message`. */
function withChat(answer: Answer, { choices, usage = answer.usage as Loose }: Loose): Answer {
  const [choice] = listOf(choices);
  const said = choice?.['delta'] ?? choice?.['message'] ?? {};
  return {
    text: answer.text + textOf(said['content']) + textOf(said['refusal']),
    reasoning: answer.reasoning + textOf(said['reasoning_content'] ?? said['reasoning']),
    tools: withCalls(answer.tools, listOf(said['tool_calls'])),
    usage,
    finish: textOf(choice?.['finish_reason']) || (answer.finish ?? ''),
  };
}

function withCalls(known: Answer['tools'], calls: readonly Loose[]): Answer['tools'] {
  const tools = [...known];
  for (const [at, { index = at, function: asked }] of calls.entries()) {
    const { name = '', input = '' } = tools[Number(index)] ?? {};
    tools[Number(index)] = { name: name + textOf(asked?.['name']), input: input + textOf(asked?.['arguments']) };
  }
  return tools;
}

function withResponse(answer: Answer, part: Loose): Answer {
  const type = textOf(part['type']);
  const delta = textOf(part['delta']);
  if (/^response\.(?:output_text|refusal)\.delta$/.test(type)) return { ...answer, text: answer.text + delta };
  if (/^response\.reasoning.*\.delta$/.test(type)) return { ...answer, reasoning: answer.reasoning + delta };
  if (/^response\.(?:function_call_arguments|custom_tool_call_input)\.delta$/.test(type)) {
    const { name = '', input = '' } = answer.tools.at(-1) ?? {};
    return { ...answer, tools: [...answer.tools.slice(0, -1), { name, input: input + delta }] };
  }
  if (type === 'response.output_item.added') return withItem(answer, part['item'] ?? {});
  if (!/^(?:|response\.(?:completed|incomplete|failed))$/.test(type)) return answer;
  const whole = part['response'] ?? part;
  const read = type === '' ? listOf(whole['output']).reduce(withItem, answer) : answer;
  return { ...read, usage: whole['usage'], finish: textOf(whole['status']) };
}

/** An item of `output`: a call, a message, a summary of reasoning. */
function withItem(answer: Answer, { name, arguments: given, input, content, summary }: Loose): Answer {
  const textIn = (parts: Loose | undefined): string =>
    listOf(parts).reduce((text, one) => text + textOf(one['text']) + textOf(one['refusal']), '');
  const call = { name: textOf(name), input: textOf(given) + textOf(input) };
  return {
    ...answer,
    text: answer.text + textIn(content),
    reasoning: answer.reasoning + textIn(summary),
    tools: call.name === '' ? answer.tools : [...answer.tools, call],
  };
}

function listOf(value: Loose | undefined): readonly Loose[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Loose | undefined): string {
  return typeof value === 'string' ? value : '';
}
