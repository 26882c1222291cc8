import type { JsonObject } from '../../core/json.ts';
import type { HostedTool, Tool, ToolChoice } from '../conversation.ts';
import { customAsFunction } from '../custom-tools.ts';
import { geminiSchema } from '../schema.ts';
import { describe } from '../values.ts';
import type { Writing } from './writing.ts';

/** Writes `tools` and `toolConfig`. Throws ProxyError for a hosted tool that the endpoint has not. */
export function writeTools(writing: Writing): void {
  const { conversation, body } = writing;
  const { toolChoice, tools = [] } = conversation;
  // Names can be allowed only where a call is forced; else the others are not shown.
  const only = toolChoice?.kind === 'named' && !toolChoice.required ? new Set(toolChoice.names) : undefined;
  const declarations: JsonObject[] = [];
  const hosted: JsonObject[] = [];
  for (const tool of tools) {
    if (tool.kind === 'hosted') hosted.push(writeHosted(tool, writing));
    else if (only?.has(tool.name) !== false) declarations.push(writeTool(tool, writing));
  }
  if (declarations.length > 0) hosted.unshift({ functionDeclarations: declarations });
  if (hosted.length === 0) return;
  body['tools'] = hosted;
  if (toolChoice !== undefined) body['toolConfig'] = { functionCallingConfig: writeChoice(toolChoice) };
}

function writeChoice(choice: ToolChoice): JsonObject {
  if (choice.kind === 'named') {
    return choice.required ? { mode: 'ANY', allowedFunctionNames: [...choice.names] } : { mode: 'AUTO' };
  }
  return { mode: choice.kind === 'required' ? 'ANY' : choice.kind.toUpperCase() };
}

function writeTool(given: Tool, { traits, losses }: Writing): JsonObject {
  const tool = given.kind === 'custom' ? customAsFunction(given) : given;
  if (tool.strict === true) losses.dropNamed('strict');
  const parameters = tool.parameters ?? { type: 'object', properties: {} };
  return {
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    ...(traits.jsonSchema ? { parametersJsonSchema: parameters } : ownParameters(parameters)),
  };
}

/** Google's own form refuses an object without properties: a function without parameters has none at all. */
function ownParameters(parameters: JsonObject): JsonObject {
  const schema = geminiSchema(parameters);
  const properties = schema['properties'];
  const isEmpty = schema['type'] === 'OBJECT' && Object.keys(properties ?? {}).length === 0;
  return isEmpty ? {} : { parameters: schema };
}

function writeHosted(tool: HostedTool, { losses }: Writing): JsonObject {
  if (tool.family === 'gemini') return tool.value;
  if (tool.name === 'web_search') {
    if (Object.keys(tool.search ?? {}).some((name) => tool.search?.[name as keyof typeof tool.search] !== undefined)) {
      losses.dropNamed('web_search');
    }
    return { googleSearch: {} };
  }
  throw losses.refuse('tools', `The endpoint of this model has no tool '${describe(tool.value)}'.`);
}
