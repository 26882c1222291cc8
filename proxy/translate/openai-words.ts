import { ProxyError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { AnswerFormat, ToolChoice } from './conversation.ts';
import { objectOf, objectsOf, textOf } from './fields.ts';

/** `response_format`; Responses have the schema's members one level higher. */
export function readFormat(format: JsonObject | undefined): AnswerFormat | undefined {
  const type = format?.['type'];
  if (format === undefined || type === 'text') return undefined;
  if (type === 'json_object') return { kind: 'json' };
  if (type !== 'json_schema') {
    throw new ProxyError(
      'invalid_value',
      `Invalid value: '${textOf(type) ?? ''}'. Supported values are: 'text', 'json_object', and 'json_schema'.`,
      { param: 'response_format.type' },
    );
  }
  const { name, schema, strict, description } = objectOf(format['json_schema']) ?? format;
  return {
    kind: 'schema',
    name: textOf(name) ?? 'answer',
    schema: objectOf(schema) ?? {},
    ...(typeof strict === 'boolean' ? { strict } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  };
}

/** The choice, or a value that the neutral form has no word for. */
export interface Choice {
  readonly choice?: ToolChoice;
  readonly unknown?: Json;
}

export function readChoice(value: Json): Choice {
  const object = objectOf(value);
  if (value === null) return {};
  if (object === undefined) return wordOf(value);
  const name = isHosted(object) ? undefined : nameIn(object);
  if (name !== undefined) return { choice: { kind: 'named', names: [name], required: true } };
  const allowed = object['type'] === 'allowed_tools' ? (objectOf(object['allowed_tools']) ?? object) : undefined;
  return allowed === undefined ? { unknown: value } : allowedChoice(allowed, value);
}

function isHosted({ type }: JsonObject): boolean {
  return type !== undefined && type !== 'function' && type !== 'custom';
}

/** The tool that a choice names, in the form of either family, or of the first tool calling. */
function nameIn(choice: JsonObject): string | undefined {
  const holder = objectOf(choice['function']) ?? objectOf(choice['custom']) ?? choice;
  return textOf(holder['name']);
}

/** `auto`, `none`, `required`. */
function wordOf(value: Json): Choice {
  if (value === 'auto' || value === 'none' || value === 'required') return { choice: { kind: value } };
  return { unknown: value };
}

/** `allowed_tools` of both families; hosted tools among them have no name. */
function allowedChoice(allowed: JsonObject, value: Json): Choice {
  const tools = objectsOf(allowed['tools']);
  const names = tools.map(nameIn);
  const known = names.filter((name) => name !== undefined);
  if (known.length === 0 || known.length < names.length) return { unknown: value };
  return { choice: { kind: 'named', names: known, required: allowed['mode'] === 'required' } };
}
