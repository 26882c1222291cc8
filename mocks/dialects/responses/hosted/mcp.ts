import type { Turn } from '../../../generation/prompt.ts';
import { Facts } from '../../../generation/question/facts.ts';
import { contentStems, identifierWords } from '../../../generation/question/words.ts';
import { Source } from '../../../generation/values/source.ts';
import { valueForSchema } from '../../../generation/values/value.ts';
import { asText, objectsIn } from '../../content.ts';
import { json } from '../../json.ts';
import type { Body } from '../../validate.ts';
import { isBody } from '../../validate.ts';
import type { ItemIds } from '../ids.ts';
import type { HostedKind, HostedOutput, HostedRun, HostedUse } from './hosted.ts';

const INPUT = {
  type: 'object',
  properties: { query: { type: 'string' } },
  required: ['query'],
  additionalProperties: false,
};

function namesIn(filter: unknown): readonly string[] | undefined {
  const names: unknown = isBody(filter) ? filter['tool_names'] : filter;
  return Array.isArray(names) ? names.map(String) : undefined;
}

/** The server's tools: those that the request allows, else one that searches. */
function toolNames(definition: Body): readonly string[] {
  const allowed = namesIn(definition['allowed_tools']);
  return allowed !== undefined && allowed.length > 0 ? allowed : ['search'];
}

/** Approval is asked for unless the request says otherwise, as the provider does. */
function needsApproval(definition: Body): boolean {
  const rule = definition['require_approval'];
  const [name = ''] = toolNames(definition);
  if (!isBody(rule)) return rule !== 'never';
  return !(namesIn(rule['never'])?.includes(name) ?? false);
}

/** Names under `.invalid` never resolve (RFC 2606). */
function unreachable(definition: Body): boolean {
  return URL.parse(asText(definition['server_url']))?.hostname.endsWith('.invalid') ?? false;
}

interface CallFacts {
  readonly name: string;
  readonly args: string;
  readonly label: string;
  readonly approval: string | null;
}

/** What a call of an approved tool gives. Tools whose name begins with `fail` fail. */
export function mcpOutput(name: string, args: string): string {
  return `${name} found one match for ${args}`;
}

function callItem({ name, args, label, approval }: CallFacts, ids: ItemIds): HostedOutput {
  const failed = name.startsWith('fail');
  const error = { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: `${name} failed.` }] };
  return {
    value: {
      id: ids('mcp'),
      type: 'mcp_call',
      status: failed ? 'failed' : 'completed',
      approval_request_id: approval,
      arguments: args,
      error: failed ? error : null,
      name,
      output: failed ? null : mcpOutput(name, args),
      server_label: label,
    },
  };
}

function run({ asked, definition, ids }: HostedUse): HostedRun {
  if (unreachable(definition)) return { outputs: [] };
  const [name = ''] = toolNames(definition);
  const label = asText(definition['server_label']);
  const args = json(valueForSchema(INPUT, { source: new Source({ facts: new Facts(asked) }) }));
  if (!needsApproval(definition)) return { outputs: [callItem({ name, args, label, approval: null }, ids)] };
  const request = { id: ids('mcpr'), type: 'mcp_approval_request', arguments: args, name, server_label: label };
  return { outputs: [{ value: request }] };
}

/** `mcp_list_tools` of each server that the conversation has not listed yet. */
export function listedTools(tools: unknown, turns: readonly Turn[], ids: ItemIds): readonly HostedOutput[] {
  const known = new Set(
    turns.map(({ item }) => (item?.['type'] === 'mcp_list_tools' ? item['server_label'] : undefined)),
  );
  return objectsIn(tools)
    .filter((tool) => tool['type'] === 'mcp' && !known.has(tool['server_label']))
    .map((tool) => {
      const lost = unreachable(tool);
      const listed = toolNames(tool).map((name) => ({
        annotations: { read_only: true },
        description: `Tool ${name} of the server.`,
        input_schema: INPUT,
        name,
      }));
      const head = { id: ids('mcpl'), type: 'mcp_list_tools', server_label: tool['server_label'] };
      return {
        value: {
          ...head,
          tools: lost ? [] : listed,
          ...(lost ? { error: 'Error retrieving tool list: the server cannot be reached.' } : {}),
        },
      };
    });
}

/** The calls whose approval stands at the end of the conversation. */
export function approvedCalls(turns: readonly Turn[], ids: ItemIds): readonly HostedOutput[] {
  const last = turns.findLastIndex((turn) => turn.role !== 'tool');
  return turns.slice(last + 1).flatMap(({ item }) => {
    if (item?.['type'] !== 'mcp_approval_response' || item['approve'] !== true) return [];
    const approval = asText(item['approval_request_id']);
    const asked = turns.find((turn) => turn.item?.['type'] === 'mcp_approval_request' && turn.item['id'] === approval);
    const { name, arguments: args, server_label: label } = asked?.item ?? {};
    return [callItem({ name: asText(name), args: asText(args), label: asText(label), approval }, ids)];
  });
}

/** Words of the server's label and description, and of the tools that may be called. */
function wordsOf(definition: Body): ReadonlySet<string> {
  const stated = [definition['server_label'], definition['server_description']].map(asText).join(' ');
  return new Set(contentStems(`${stated} ${toolNames(definition).flatMap(identifierWords).join(' ')}`));
}

export const mcp: HostedKind = {
  keywords: ['mcp', 'server', 'tool', 'search', 'look up'],
  looksInto: (definition) => ({
    fits: (asked) => {
      const words = wordsOf(definition);
      return contentStems(asked.slice(0, 4000)).some((stem) => words.has(stem));
    },
    finds: () => undefined,
  }),
  byClient: (definition) => needsApproval(definition) && !unreachable(definition),
  run,
};
