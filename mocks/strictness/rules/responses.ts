import { INCLUDABLE } from '../../refusals/includable.ts';
import type { ObjectRule, Rule } from '../rule.ts';
import { anything, either, flag, integer, levels, list, map, nullable, object, oneOf, tagged, text } from '../rule.ts';
import { responseItem } from './response-items.ts';
import { effort, free, modelFields, optionalFlag, optionalText, toolName, verbosity } from './shared.ts';

const NAME_MOST = 64;

const optionalFree = nullable(free);
const callers = nullable(list(oneOf('direct', 'programmatic'), { least: 1 }));
const summary = nullable(oneOf('auto', 'concise', 'detailed'));

/** Hosted tools have many settings that nothing here depends on. */
function hosted(fields: Readonly<Record<string, Rule>> = {}, required: readonly string[] = []): ObjectRule {
  return object({ type: text(), ...fields }, required, 'open');
}

const webSearch = hosted({
  search_context_size: oneOf('low', 'medium', 'high'),
  user_location: nullable(object({ type: oneOf('approximate') }, [], 'open')),
});

const tools: Readonly<Record<string, ObjectRule>> = {
  function: object(
    {
      type: text(),
      name: toolName(NAME_MOST),
      description: optionalText,
      parameters: optionalFree,
      output_schema: optionalFree,
      strict: optionalFlag,
      defer_loading: flag,
      allowed_callers: callers,
    },
    ['name'],
  ),
  file_search: hosted({ vector_store_ids: list(text()), max_num_results: levels(integer(), integer(1, 50)) }, [
    'vector_store_ids',
  ]),
  computer: hosted(),
  computer_use_preview: hosted(
    {
      environment: oneOf('windows', 'mac', 'linux', 'ubuntu', 'browser'),
      display_width: integer(),
      display_height: integer(),
    },
    ['environment', 'display_width', 'display_height'],
  ),
  web_search: webSearch,
  web_search_2025_08_26: webSearch,
  web_search_preview: webSearch,
  web_search_preview_2025_03_11: webSearch,
  mcp: hosted(
    {
      server_label: text(),
      server_url: text(),
      headers: optionalFree,
      require_approval: nullable(either({ text: oneOf('always', 'never'), object: free })),
    },
    ['server_label'],
  ),
  code_interpreter: hosted(
    { container: either({ text: text(), object: object({ type: oneOf('auto') }, ['type'], 'open') }) },
    ['container'],
  ),
  programmatic_tool_calling: hosted(),
  image_generation: hosted({
    quality: oneOf('low', 'medium', 'high', 'auto'),
    output_format: oneOf('png', 'webp', 'jpeg'),
    output_compression: integer(0, 100),
    moderation: oneOf('auto', 'low'),
    background: oneOf('transparent', 'opaque', 'auto'),
    partial_images: integer(0, 3),
  }),
  local_shell: hosted(),
  shell: hosted(),
  custom: object(
    {
      type: text(),
      name: toolName(NAME_MOST),
      description: text(),
      format: tagged('type', {
        text: object({ type: text() }),
        grammar: object({ type: text(), syntax: oneOf('lark', 'regex'), definition: text() }, ['syntax', 'definition']),
      }),
      defer_loading: flag,
      allowed_callers: callers,
    },
    ['name'],
  ),
  namespace: hosted({ name: text({ least: 1 }), description: text(), tools: list(free, { least: 1 }) }, [
    'name',
    'description',
    'tools',
  ]),
  tool_search: hosted({ execution: oneOf('server', 'client') }),
  apply_patch: hosted(),
};

const bare = object({ type: text() });
const choices: Readonly<Record<string, ObjectRule>> = {
  allowed_tools: object({ type: text(), mode: oneOf('auto', 'required'), tools: list(free) }, ['mode', 'tools']),
  function: object({ type: text(), name: text() }, ['name']),
  custom: object({ type: text(), name: text() }, ['name']),
  mcp: object({ type: text(), server_label: text(), name: optionalText }, ['server_label']),
  file_search: bare,
  web_search_preview: bare,
  web_search_preview_2025_03_11: bare,
  web_search: bare,
  computer: bare,
  computer_use: bare,
  computer_use_preview: bare,
  image_generation: bare,
  code_interpreter: bare,
  programmatic_tool_calling: bare,
  apply_patch: bare,
  shell: bare,
};

const textFormat = tagged('type', {
  text: object({ type: text() }),
  json_schema: object(
    { type: text(), name: toolName(NAME_MOST), description: optionalText, schema: free, strict: optionalFlag },
    ['name', 'schema'],
  ),
  json_object: object({ type: text() }),
});

const includes = oneOf(...INCLUDABLE);

const fields: Readonly<Record<string, Rule>> = {
  ...modelFields,
  parallel_tool_calls: optionalFlag,
  background: optionalFlag,
  context_management: nullable(
    list(object({ type: text(), compact_threshold: nullable(integer(1000)) }, ['type']), { least: 1 }),
  ),
  conversation: nullable(either({ text: text(), object: object({ id: text() }, ['id']) })),
  include: nullable(list(includes)),
  input: either({ text: text(), list: list(responseItem) }),
  instructions: optionalText,
  max_output_tokens: nullable(integer(16)),
  max_tool_calls: levels(nullable(integer()), nullable(integer(1))),
  previous_response_id: optionalText,
  prompt: nullable(object({ id: text(), version: optionalText, variables: nullable(map(anything)) }, ['id'])),
  reasoning: nullable(
    object({
      mode: text(),
      effort: nullable(effort),
      summary,
      generate_summary: summary,
      context: nullable(oneOf('auto', 'current_turn', 'all_turns')),
    }),
  ),
  service_tier: nullable(oneOf('auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast')),
  stream_options: nullable(object({ include_obfuscation: flag })),
  text: object({ format: textFormat, verbosity }),
  tool_choice: either({ text: oneOf('none', 'auto', 'required'), object: tagged('type', choices) }),
  tools: list(tagged('type', tools)),
  truncation: nullable(oneOf('auto', 'disabled')),
};

export const responseBody: Rule = object(fields);
