import type { Json, JsonObject } from '../../core/json.ts';
import type { HostedTool, Tool, ToolChoice } from '../conversation.ts';
import { schemaOfGemini } from '../schema.ts';
import { objectList, optionalObject, optionalString, optionalStrings, requiredString, without } from '../values.ts';
import { camel } from './names.ts';

const READ: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'parametersJsonSchema']);

/** `rest` is told the members of functions that the neutral form does not hold. One object of `tools` may hold many functions and several of the provider's own tools. */
export function readTools(value: Json | undefined, rest: JsonObject): (Tool | HostedTool)[] {
  const list = typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : value;
  return objectList(list, 'tools').flatMap((given, at) => {
    const { functionDeclarations, ...hosted } = camel(given);
    const path = `tools[${at}].functionDeclarations`;
    return [
      ...objectList(functionDeclarations, path).map((tool, n) => readTool(camel(tool), `${path}[${n}]`, rest)),
      ...Object.entries(hosted).map(([name, settings]): HostedTool => ({
        kind: 'hosted',
        family: 'gemini',
        name: name === 'googleSearch' || name === 'googleSearchRetrieval' ? 'web_search' : 'other',
        value: { [name]: settings },
      })),
    ];
  });
}

function readTool(tool: JsonObject, path: string, rest: JsonObject): Tool {
  for (const [name, member] of Object.entries(without(tool, READ))) rest[`functionDeclarations[].${name}`] = member;
  const own = optionalObject(tool['parameters'], `${path}.parameters`);
  const plain = optionalObject(tool['parametersJsonSchema'], `${path}.parametersJsonSchema`);
  return {
    kind: 'function',
    name: requiredString(tool['name'], `${path}.name`),
    description: optionalString(tool['description'], `${path}.description`),
    parameters: plain ?? (own === undefined ? undefined : schemaOfGemini(own)),
  };
}

export function readToolChoice(calling: JsonObject): ToolChoice {
  const path = 'toolConfig.functionCallingConfig';
  const mode = optionalString(calling['mode'], `${path}.mode`)?.toUpperCase();
  const names = optionalStrings(calling['allowedFunctionNames'], `${path}.allowedFunctionNames`) ?? [];
  if (mode === 'NONE') return { kind: 'none' };
  const required = mode === 'ANY';
  if (names.length > 0 && (required || mode === 'VALIDATED')) return { kind: 'named', names, required };
  return { kind: required ? 'required' : 'auto' };
}
