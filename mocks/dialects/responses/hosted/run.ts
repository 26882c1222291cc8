import type { Generation } from '../../../generation/generate.ts';
import type { Prompt } from '../../../generation/prompt.ts';
import { asText } from '../../content.ts';
import type { DialectContext, Random } from '../../reply.ts';
import type { Body } from '../../validate.ts';
import type { ItemIds } from '../ids.ts';
import type { HostedOutput, HostedRun } from './hosted.ts';
import { approvedCalls, listedTools } from './mcp.ts';
import { HOSTED_KINDS } from './table.ts';

interface HostedParts {
  readonly body: Body;
  readonly prompt: Prompt;
  readonly ids: ItemIds;
  readonly random: Random;
  readonly context: DialectContext;
}

const PREFIXES: Readonly<Record<string, Parameters<ItemIds>[0]>> = {
  web_search_call: 'ws',
  file_search_call: 'fs',
  code_interpreter_call: 'ci',
  image_generation_call: 'ig',
  mcp_list_tools: 'mcpl',
  mcp_call: 'mcp',
  mcp_approval_request: 'mcpr',
  computer_call: 'cu',
  local_shell_call: 'lsh',
  shell_call: 'sh',
  shell_call_output: 'sho',
  apply_patch_call: 'apc',
  custom_tool_call: 'ctc',
  function_call: 'fc',
  reasoning: 'rs',
  message: 'msg',
};

function scriptedOutput(item: object, ids: ItemIds): HostedOutput {
  const value = item as Body;
  if (typeof value['id'] === 'string') return { value };
  return { value: { id: ids(PREFIXES[asText(value['type'])] ?? 'item'), ...value } };
}

/** Everything that hosted tools put before the text: lists of MCP servers, approved calls, calls made now. `max_tool_calls` bounds the last. */
export function runHosted(answer: Generation, { body, prompt, ids, random, context }: HostedParts): HostedRun {
  const scripted = (prompt.scripted?.items ?? []).map((item) => scriptedOutput(item, ids));
  const { include, tools, max_tool_calls: most } = body;
  const includes = (name: string): boolean => Array.isArray(include) && include.includes(name);
  const limit = typeof most === 'number' ? most : Number.POSITIVE_INFINITY;
  const runs = answer.hosted.slice(0, limit).flatMap((tool) => {
    const definition = tool.hosted?.definition ?? {};
    const kind = HOSTED_KINDS[asText(definition['type'])];
    const use = { tool, definition, asked: prompt.asked, turns: prompt.turns, ids, random, context, includes };
    return kind === undefined ? [] : [kind.run(use)];
  });
  const outputs = [
    ...listedTools(tools, prompt.turns, ids),
    ...approvedCalls(prompt.turns, ids),
    ...runs.flatMap((run) => run.outputs),
    ...scripted,
  ];
  return { outputs, annotate: (text) => runs.flatMap((run) => run.annotate?.(text) ?? []) };
}
