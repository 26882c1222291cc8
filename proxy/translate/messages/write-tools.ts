import type { JsonObject } from '../../core/json.ts';
import type { Conversation, HostedTool, Tool, ToolChoice } from '../conversation.ts';
import { customAsFunction } from '../custom-tools.ts';
import { describe } from '../values.ts';
import type { Writing } from './writing.ts';

/** Writes `tools` and `tool_choice`. Throws ProxyError for a hosted tool that the endpoint has not. */
export function writeTools(writing: Writing): void {
  const { conversation, body } = writing;
  const tools = shownTools(conversation);
  if (tools.length === 0) return;
  body['tools'] = tools.map((tool) => (tool.kind === 'hosted' ? writeHosted(tool, writing) : writeTool(tool, writing)));
  const choice = writeChoice(conversation.toolChoice);
  const { parallelCalls, family } = conversation;
  // One call after the other is said beside the choice; nothing needs to be said where no tool may be called.
  if (parallelCalls === undefined || choice?.['type'] === 'none') {
    if (choice !== undefined) body['tool_choice'] = choice;
  } else if (!parallelCalls || choice !== undefined || family === 'messages') {
    body['tool_choice'] = { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: !parallelCalls };
  }
}

/** One tool that must be called is named to the endpoint; of several that alone may be called it is shown only those. */
function shownTools({ tools = [], toolChoice }: Conversation): readonly (Tool | HostedTool)[] {
  if (toolChoice?.kind !== 'named' || (toolChoice.required && toolChoice.names.length === 1)) return tools;
  const allowed = new Set(toolChoice.names);
  return tools.filter((tool) => tool.kind === 'hosted' || allowed.has(tool.name));
}

function writeChoice(choice: ToolChoice | undefined): JsonObject | undefined {
  if (choice === undefined) return undefined;
  if (choice.kind !== 'named') return { type: choice.kind === 'required' ? 'any' : choice.kind };
  const [name] = choice.names;
  if (!choice.required) return { type: 'auto' };
  return choice.names.length === 1 && name !== undefined ? { type: 'tool', name } : { type: 'any' };
}

function writeTool(tool: Tool, { traits, losses }: Writing): JsonObject {
  const { name, description, parameters, strict, cacheControl } =
    tool.kind === 'custom' ? customAsFunction(tool) : tool;
  if (strict === true && !traits.structured) losses.dropNamed('strict');
  return {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: parameters === undefined ? { type: 'object', properties: {} } : objectSchema(parameters),
    ...(strict === true && traits.structured ? { strict } : {}),
    ...(cacheControl === undefined ? {} : { cache_control: cacheControl }),
  };
}

/** Anthropic wants `type: object` at the top. */
function objectSchema(schema: JsonObject): JsonObject {
  return schema['type'] === undefined ? { type: 'object', ...schema } : schema;
}

function writeHosted(tool: HostedTool, { losses }: Writing): JsonObject {
  if (tool.family === 'messages') return tool.value;
  if (tool.name !== 'web_search') {
    throw losses.refuse('tools', `The endpoint of this model has no tool '${describe(tool.value)}'.`);
  }
  const { allowedDomains, blockedDomains, location, maxUses, contextSize } = tool.search ?? {};
  if (contextSize !== undefined) losses.dropNamed('search_context_size');
  return {
    type: 'web_search_20250305',
    name: 'web_search',
    ...(maxUses === undefined ? {} : { max_uses: maxUses }),
    ...(allowedDomains === undefined ? {} : { allowed_domains: [...allowedDomains] }),
    ...(blockedDomains === undefined ? {} : { blocked_domains: [...blockedDomains] }),
    ...(location === undefined ? {} : { user_location: { type: 'approximate', ...location } }),
  };
}
