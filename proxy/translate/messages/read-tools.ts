import type { Json, JsonObject } from '../../core/json.ts';
import type { HostedTool, Tool, ToolChoice, WebSearch } from '../conversation.ts';
import {
  objectList,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStrings,
  requiredString,
  without,
} from '../values.ts';

const READ: ReadonlySet<string> = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']);

/** `rest` is told the members of tools that the neutral form does not hold. */
export function readTools(value: Json | undefined, rest: JsonObject): (Tool | HostedTool)[] {
  return objectList(value, 'tools').map((tool, at) => readTool(tool, `tools[${at}]`, rest));
}

function readTool(tool: JsonObject, path: string, rest: JsonObject): Tool | HostedTool {
  const type = optionalString(tool['type'], `${path}.type`) ?? 'custom';
  if (type.startsWith('web_search')) {
    return { kind: 'hosted', family: 'messages', name: 'web_search', value: tool, search: readSearch(tool, path) };
  }
  if (type !== 'custom') return { kind: 'hosted', family: 'messages', name: 'other', value: tool };
  for (const [name, member] of Object.entries(without(tool, READ))) rest[`tools[].${name}`] = member;
  return {
    kind: 'function',
    name: requiredString(tool['name'], `${path}.name`),
    description: optionalString(tool['description'], `${path}.description`),
    parameters: optionalObject(tool['input_schema'], `${path}.input_schema`),
    strict: optionalBoolean(tool['strict'], `${path}.strict`),
    cacheControl: optionalObject(tool['cache_control'], `${path}.cache_control`),
  };
}

function readSearch(tool: JsonObject, path: string): WebSearch {
  return {
    allowedDomains: optionalStrings(tool['allowed_domains'], `${path}.allowed_domains`),
    blockedDomains: optionalStrings(tool['blocked_domains'], `${path}.blocked_domains`),
    location: optionalObject(tool['user_location'], `${path}.user_location`),
    maxUses: optionalNumber(tool['max_uses'], `${path}.max_uses`),
  };
}

export function readToolChoice(choice: JsonObject): ToolChoice {
  const type = requiredString(choice['type'], 'tool_choice.type');
  if (type === 'tool') {
    return { kind: 'named', names: [requiredString(choice['name'], 'tool_choice.name')], required: true };
  }
  if (type === 'any') return { kind: 'required' };
  return { kind: type === 'none' ? 'none' : 'auto' };
}
