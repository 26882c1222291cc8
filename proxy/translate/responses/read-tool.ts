import type { JsonObject } from '../../core/json.ts';
import type { HostedTool, Tool } from '../conversation.ts';
import { objectOf, requestName } from '../fields.ts';
import { readWebSearch } from './web-search.ts';

/** One tool of a request. Throws ProxyError naming what it lacks. */
export function readTool(tool: JsonObject, index: number): Tool | HostedTool {
  const { type, name, description, parameters, strict, format } = tool;
  const described = typeof description === 'string' ? { description } : {};
  if (type === 'function') {
    return {
      kind: 'function',
      name: requestName(name, `tools[${index}].name`),
      ...described,
      ...(objectOf(parameters) === undefined ? {} : { parameters: objectOf(parameters) }),
      ...(typeof strict === 'boolean' ? { strict } : {}),
    };
  }
  if (type === 'custom') {
    const given = objectOf(format);
    return {
      kind: 'custom',
      name: requestName(name, `tools[${index}].name`),
      ...described,
      ...(given === undefined ? {} : { format: given }),
    };
  }
  const isSearch = typeof type === 'string' && /^web_search(?:_|$)/.test(type);
  if (!isSearch) return { kind: 'hosted', family: 'responses', name: 'other', value: tool };
  return { kind: 'hosted', family: 'responses', name: 'web_search', value: tool, search: readWebSearch(tool) };
}
