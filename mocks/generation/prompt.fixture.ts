import { generate } from './generate.ts';
import { modelFacts } from './models.ts';
import type { Prompt, ToolSpec, Turn } from './prompt.ts';
import { createTokenizer } from './tokenizer.ts';

const tokenizer = createTokenizer();

export function promptFor(asked: string, over: Partial<Prompt> = {}): Prompt {
  return {
    model: modelFacts('gpt-4o'),
    turns: [{ role: 'user', text: asked }],
    asked,
    instructions: '',
    tools: [],
    toolChoice: 'auto',
    parallelTools: true,
    format: { kind: 'text' },
    stop: [],
    maxTokens: undefined,
    effort: undefined,
    tag: undefined,
    scripted: undefined,
    ...over,
  };
}

export const answerTo = (asked: string, over: Partial<Prompt> = {}) => generate(promptFor(asked, over), tokenizer);

/** Calls as `name {"a":1}`, in their order. */
export const callsFor = (asked: string, tools: readonly ToolSpec[], over: Partial<Prompt> = {}): readonly string[] =>
  answerTo(asked, { tools, ...over }).calls.map(({ name, input }) => `${name} ${input}`);

export function tool(
  name: string,
  description: string,
  properties: object = {},
  required = Object.keys(properties),
): ToolSpec {
  return { kind: 'function', name, description, parameters: { type: 'object', properties, required } };
}

export const user = (text: string): Turn => ({ role: 'user', text });

/** A call and what its tool returned. */
export function exchanged(name: string, input: string, result: string): readonly Turn[] {
  return [
    { role: 'assistant', text: `${name}${input}`, calls: [{ name, input }] },
    { role: 'tool', text: result, name },
  ];
}

/** The JSON of an answer to a schema. */
export function valueFor(asked: string, schema: unknown, over: Partial<Prompt> = {}): unknown {
  return JSON.parse(answerTo(asked, { format: { kind: 'json_schema', schema }, ...over }).text ?? '');
}
