import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { anthropicSchema } from '../schema.ts';
import type { Writing } from './writing.ts';

/**
 * Writes the wish for structured output: natively where the model has it, else as a tool that it must call. Returns the name of that
 * tool, whose arguments are the answer's text.
 */
export function writeFormat(writing: Writing): string | undefined {
  const { conversation, traits, losses, body } = writing;
  const { format } = conversation;
  if (format?.kind !== 'schema') return undefined;
  if (traits.structured) {
    const field = losses.name('format');
    const schema = anthropicSchema(format.schema, (word) => losses.dropNamed(`${field}.${word}`));
    body['output_config'] = { format: { type: 'json_schema', schema } };
    return undefined;
  }
  const tools = Array.isArray(body['tools']) ? body['tools'] : [];
  const choice = isJsonObject(body['tool_choice']) ? body['tool_choice']['type'] : undefined;
  // A tool of the client must be called: its arguments are not the answer's text.
  if (choice === 'tool' || choice === 'any') {
    losses.drop('format');
    return undefined;
  }
  const name = freeName(format.name, tools);
  const tool: JsonObject = {
    name,
    description: format.description ?? 'Gives the final answer to the user. Call it once, with the whole answer.',
    input_schema: format.schema,
  };
  const others = choice === 'none' ? [] : tools;
  body['tools'] = [...others, tool];
  body['tool_choice'] = others.length === 0 ? { type: 'tool', name } : { type: 'any' };
  return name;
}

function freeName(wished: string, tools: readonly unknown[]): string {
  const taken = new Set(tools.map((tool) => (isJsonObject(tool) ? tool['name'] : undefined)));
  let name = wished.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 60);
  while (name === '' || taken.has(name)) name = `${name}_answer`;
  return name;
}
