import type { ToolSpec } from '../../../generation/prompt.ts';
import { asText } from '../../content.ts';
import type { ObjectStore } from '../../reply.ts';
import type { Body } from '../../validate.ts';
import { codeInterpreter } from './code-interpreter.ts';
import { applyPatch, computer, localShell, shell } from './computer.ts';
import type { HostedKind } from './hosted.ts';
import { imageGeneration } from './image-generation.ts';
import { mcp } from './mcp.ts';
import { fileSearch, webSearch } from './search.ts';

/** By the tool's `type`. */
export const HOSTED_KINDS: Readonly<Record<string, HostedKind>> = {
  web_search: webSearch,
  web_search_2025_08_26: webSearch,
  web_search_preview: webSearch,
  web_search_preview_2025_03_11: webSearch,
  file_search: fileSearch,
  code_interpreter: codeInterpreter,
  image_generation: imageGeneration,
  mcp,
  computer,
  computer_use_preview: computer,
  local_shell: localShell,
  shell,
  apply_patch: applyPatch,
};

/** What tool choices and tools call each other by: the type, with the label for MCP servers. */
export function hostedName(tool: Body): string {
  const type = asText(tool['type']);
  if (type === 'mcp') return `mcp:${asText(tool['server_label'])}`;
  if (type.startsWith('web_search')) return 'web_search';
  return type.startsWith('computer') ? 'computer' : type;
}

export function hostedSpec(definition: Body, objects: ObjectStore): ToolSpec | undefined {
  const kind = HOSTED_KINDS[asText(definition['type'])];
  if (kind === undefined) return undefined;
  const { keywords, byClient, looksInto } = kind;
  const hosted = { definition, keywords, byClient: byClient(definition), ...looksInto?.(definition, objects) };
  return { kind: 'hosted', name: hostedName(definition), parameters: undefined, hosted };
}
