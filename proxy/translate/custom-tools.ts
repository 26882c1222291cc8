import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import { parseObject } from '../wire/json-object.ts';
import type { Tool } from './conversation.ts';

/**
 * Custom tools take free text. Families without them get a function with one member, `input`, and the writer of the client's answer
 * takes the text out again.
 */
const SCHEMA: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
  required: ['input'],
  additionalProperties: false,
};

/** The function that stands for a custom tool. The grammar of its input, where it has one, is told in the description. */
export function customAsFunction(tool: Tool): Tool {
  const { format, description, kind: _, ...rest } = tool;
  const grammar = format?.['type'] === 'grammar' ? format : undefined;
  const words = [description ?? '', grammar === undefined ? '' : grammarSentence(grammar)].filter(
    (word) => word !== '',
  );
  return {
    ...rest,
    kind: 'function',
    ...(words.length === 0 ? {} : { description: words.join('\n\n') }),
    parameters: SCHEMA,
  };
}

function grammarSentence({ syntax, definition }: JsonObject): string {
  return `The input must follow this grammar (${typeof syntax === 'string' ? syntax : 'lark'}):\n${typeof definition === 'string' ? definition : ''}`;
}

/** Arguments of that function, as JSON text. */
export function wrapInput(input: string): string {
  return JSON.stringify({ input });
}

/** The free text in such arguments; the arguments themselves where the model did not keep to the schema. */
export function unwrapInput(args: string): string {
  const input = parseObject(args)?.['input'];
  return typeof input === 'string' ? input : args;
}

/** Names of the custom tools that an OpenAI request (chat completions or Responses) declares. */
export function customToolNames(tools: Json | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  if (!Array.isArray(tools)) return names;
  for (const tool of tools) {
    if (!isJsonObject(tool) || tool['type'] !== 'custom') continue;
    const name = isJsonObject(tool['custom']) ? tool['custom']['name'] : tool['name'];
    if (typeof name === 'string') names.add(name);
  }
  return names;
}
