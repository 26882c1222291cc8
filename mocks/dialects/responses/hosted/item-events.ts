import { asText, objectsIn } from '../../content.ts';
import { json, quote } from '../../json.ts';
import type { Body } from '../../validate.ts';
import { isBody } from '../../validate.ts';
import type { HostedOutput } from './hosted.ts';

/** One event between `output_item.added` and `output_item.done`. */
export interface ItemEvent {
  /** Without `response.`. */
  readonly type: string;
  /** Members besides those that say where, as JSON text by name. */
  readonly fields: Readonly<Record<string, string>>;
  /** Stands in the event as `delta`; padded where the provider pads. */
  readonly delta?: string | undefined;
  readonly padded?: boolean;
  /** Events of shell commands do not name their item. */
  readonly unnamed?: boolean;
}

interface ItemForm {
  /** The item as it is announced. */
  readonly begun: (value: Body) => Body;
  readonly events: (output: HostedOutput, pieces: (text: string) => readonly string[]) => readonly ItemEvent[];
}

const plain = (...types: readonly string[]): readonly ItemEvent[] => types.map((type) => ({ type, fields: {} }));

function deltas(type: string, texts: readonly string[], more: Partial<ItemEvent> = {}): readonly ItemEvent[] {
  return texts.map((delta) => ({ type: `${type}.delta`, fields: {}, delta, padded: true, ...more }));
}

const done = (type: string, name: string, value: unknown): ItemEvent => ({
  type: `${type}.done`,
  fields: { [name]: json(value) },
});

function searchForm(type: string, hidden: (value: Body) => Body): ItemForm {
  return {
    begun: hidden,
    events: () => plain(`${type}.in_progress`, `${type}.searching`, `${type}.completed`),
  };
}

const begun = (value: Body, over: Body): Body => ({ ...value, status: 'in_progress', ...over });

const webSearchForm = searchForm('web_search_call', ({ id, type }) => ({ id, type, status: 'in_progress' }));

const fileSearchForm = searchForm('file_search_call', (value) => begun(value, { queries: [], results: null }));

const codeForm: ItemForm = {
  begun: (value) => begun(value, { code: '', outputs: null }),
  events: ({ value }, pieces) => [
    ...plain('code_interpreter_call.in_progress'),
    ...deltas('code_interpreter_call_code', pieces(asText(value['code']))),
    done('code_interpreter_call_code', 'code', value['code']),
    ...plain('code_interpreter_call.interpreting', 'code_interpreter_call.completed'),
  ],
};

const imageForm: ItemForm = {
  begun: ({ id, type }) => ({ id, type, status: 'in_progress' }),
  events: ({ value, partialImages = [] }) => {
    const shown = Object.fromEntries(
      ['background', 'output_format', 'quality', 'size']
        .filter((name) => value[name] !== undefined)
        .map((name) => [name, json(value[name])]),
    );
    return [
      ...plain('image_generation_call.in_progress', 'image_generation_call.generating'),
      ...partialImages.map((image, at) => ({
        type: 'image_generation_call.partial_image',
        fields: { ...shown, partial_image_b64: quote(image), partial_image_index: String(at) },
      })),
      ...plain('image_generation_call.completed'),
    ];
  },
};

const mcpListForm: ItemForm = {
  begun: ({ id, type, server_label }) => ({ id, type, server_label, tools: [] }),
  events: ({ value }) =>
    plain('mcp_list_tools.in_progress', `mcp_list_tools.${value['error'] ? 'failed' : 'completed'}`),
};

const mcpCallForm: ItemForm = {
  begun: (value) => begun(value, { arguments: '', error: null, output: null }),
  events: ({ value }) => [
    ...plain('mcp_call.in_progress'),
    ...deltas('mcp_call_arguments', [asText(value['arguments'])]),
    done('mcp_call_arguments', 'arguments', value['arguments']),
    ...plain(`mcp_call.${value['error'] ? 'failed' : 'completed'}`),
  ],
};

function commandEvents(command: string, at: number, pieces: readonly string[]): readonly ItemEvent[] {
  const event = (name: string, fields: Readonly<Record<string, string>>): ItemEvent => ({
    type: `shell_call_command.${name}`,
    fields: { command_index: String(at), ...fields },
    unnamed: true,
  });
  return [
    event('added', { command: '""' }),
    ...pieces.map((delta) => ({ ...event('delta', {}), delta, padded: true })),
    event('done', { command: quote(command) }),
  ];
}

function commandsOf({ action }: Body): readonly string[] {
  const commands: unknown = isBody(action) ? action['commands'] : undefined;
  return Array.isArray(commands) ? commands.map(String) : [];
}

const shellForm: ItemForm = {
  begun: (value) => begun(value, { action: { ...(isBody(value['action']) ? value['action'] : {}), commands: [] } }),
  events: ({ value }, pieces) =>
    commandsOf(value).flatMap((command, at) => commandEvents(command, at, pieces(command))),
};

const shellOutputForm: ItemForm = {
  begun: (value) => begun(value, { output: [] }),
  events: ({ value }) =>
    objectsIn(value['output']).flatMap((output, at): readonly ItemEvent[] => [
      {
        type: 'shell_call_output_content.delta',
        fields: { command_index: String(at), delta: json({ stdout: output['stdout'] ?? null }) },
      },
      { type: 'shell_call_output_content.done', fields: { command_index: String(at), output: `[${json(output)}]` } },
    ]),
};

/** The provider also streams the difference, in events that its specification does not have and its official client refuses. */
const patchForm: ItemForm = {
  begun: (value) =>
    begun(value, { operation: { ...(isBody(value['operation']) ? value['operation'] : {}), diff: '' } }),
  events: () => [],
};

const functionForm: ItemForm = {
  begun: (value) => begun(value, { arguments: '' }),
  events: ({ value }, pieces) => [
    ...deltas('function_call_arguments', pieces(asText(value['arguments']))),
    done('function_call_arguments', 'arguments', value['arguments']),
  ],
};

const customForm: ItemForm = {
  begun: (value) => begun(value, { input: '' }),
  events: ({ value }, pieces) => [
    ...deltas('custom_tool_call_input', pieces(asText(value['input'])), { padded: false }),
    done('custom_tool_call_input', 'input', value['input']),
  ],
};

/** Announced and done, nothing in between. */
const quietForm: ItemForm = {
  begun: (value) => ('status' in value ? begun(value, {}) : value),
  events: () => [],
};

/** By item type; all others are only announced and done. */
const FORMS: Readonly<Record<string, ItemForm>> = {
  web_search_call: webSearchForm,
  file_search_call: fileSearchForm,
  code_interpreter_call: codeForm,
  image_generation_call: imageForm,
  mcp_list_tools: mcpListForm,
  mcp_call: mcpCallForm,
  shell_call: shellForm,
  shell_call_output: shellOutputForm,
  apply_patch_call: patchForm,
  function_call: functionForm,
  custom_tool_call: customForm,
};

export function itemForm(value: Body): ItemForm {
  return FORMS[asText(value['type'])] ?? quietForm;
}
