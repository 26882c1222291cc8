import type { JsonObject } from '../../core/json.ts';
import type { Conversation, HostedTool, Tool } from '../conversation.ts';
import { objectsOf, textOf } from '../fields.ts';
import { readTool } from './read-tool.ts';

const NAMESPACE = 'namespace';

/** The conversation with the tools of its namespaces one by one, for families that have no namespaces. */
export function withoutNamespaces(conversation: Conversation): Conversation {
  const { tools } = conversation;
  if (tools === undefined || !tools.some(isNamespace)) return conversation;
  return {
    ...conversation,
    tools: tools.flatMap((tool) => (isNamespace(tool) ? objectsOf(tool.value['tools']).map(readTool) : [tool])),
  };
}

function isNamespace(tool: Tool | HostedTool): tool is HostedTool {
  return tool.kind === 'hosted' && tool.value['type'] === NAMESPACE;
}

/** By the name of a tool, the namespace in which the request has it. A tool outside of all namespaces has none. */
export function namespacesOf(request: JsonObject): ReadonlyMap<string, string> {
  const tools = objectsOf(request['tools']);
  const plain = new Set(tools.map(({ name }) => name));
  const inside = tools
    .filter(({ type }) => type === NAMESPACE)
    .flatMap((space) => {
      const name = textOf(space['name']);
      const names = objectsOf(space['tools']).map((tool) => textOf(tool['name']));
      return names.flatMap((tool): [string, string][] =>
        name === undefined || tool === undefined || plain.has(tool) ? [] : [[tool, name]],
      );
    });
  return new Map(inside);
}
