import type { Json, JsonObject } from '../../core/json.ts';
import { elements } from './chunk-merge.ts';
import { tokenPieces } from './chunk-writer.ts';
import { textPieces } from './text-pieces.ts';

/** An event of a Responses stream before it has its sequence_number. */
export type ItemEvent = readonly [type: string, fields: object];

/** What comes between an item's `added` and `done`, and how it looks when it is added. */
interface ItemGrammar {
  readonly opening: (item: JsonObject) => object;
  readonly progress: (item: JsonObject, at: ItemPlace) => ItemEvent[];
}

interface ItemPlace {
  readonly item_id: Json | undefined;
  readonly output_index: number;
}

/** The events of one output item from `response.output_item.added` to `.done`. */
export function itemEvents(item: JsonObject, output_index: number): ItemEvent[] {
  const grammar = GRAMMARS[typeof item['type'] === 'string' ? item['type'] : ''];
  const place = { item_id: item['id'], output_index };
  const status = typeof item['status'] === 'string' ? { status: 'in_progress' } : {};
  return [
    ['response.output_item.added', { output_index, item: { ...item, ...status, ...grammar?.opening(item) } }],
    ...(grammar?.progress(item, place) ?? []),
    ['response.output_item.done', { output_index, item }],
  ];
}

const GRAMMARS: Readonly<Record<string, ItemGrammar>> = {
  message: {
    opening: () => ({ content: [] }),
    progress: (item, place) => contentEvents(item, place),
  },
  reasoning: {
    // Undefined members are left out of the JSON: the encrypted content is only final when the item is done.
    opening: (item) => ({
      summary: [],
      ...(item['content'] === undefined ? {} : { content: [] }),
      encrypted_content: undefined,
    }),
    progress: (item, place) => [...summaryEvents(item, place), ...contentEvents(item, place)],
  },
  function_call: {
    opening: () => ({ arguments: '' }),
    progress: (item, place) => textEvents('response.function_call_arguments', 'arguments', item, place),
  },
  custom_tool_call: {
    opening: () => ({ input: '' }),
    progress: (item, place) => textEvents('response.custom_tool_call_input', 'input', item, place),
  },
  web_search_call: {
    opening: () => ({ action: undefined }),
    progress: (item, place) => steps('web_search_call', ['in_progress', 'searching', outcome(item)], place),
  },
  file_search_call: {
    opening: () => ({ queries: [], results: null }),
    progress: (item, place) => steps('file_search_call', ['in_progress', 'searching', outcome(item)], place),
  },
  image_generation_call: {
    opening: (item) =>
      Object.fromEntries(Object.keys(item).flatMap((key) => (IMAGE_HEAD.has(key) ? [] : [[key, undefined]]))),
    progress: (item, place) => steps('image_generation_call', ['in_progress', 'generating', outcome(item)], place),
  },
  code_interpreter_call: {
    opening: () => ({ code: '', outputs: null }),
    progress: (item, place) => [
      ...steps('code_interpreter_call', ['in_progress'], place),
      ...textEvents('response.code_interpreter_call_code', 'code', item, place),
      ...steps('code_interpreter_call', ['interpreting', outcome(item)], place),
    ],
  },
  mcp_list_tools: {
    opening: () => ({ tools: [] }),
    progress: (item, place) => steps('mcp_list_tools', ['in_progress', mcpOutcome(item)], place),
  },
  mcp_call: {
    opening: () => ({ arguments: '', output: null, error: null }),
    progress: (item, place) => [
      ...steps('mcp_call', ['in_progress'], place),
      ['response.mcp_call_arguments.delta', { ...place, delta: textOf(item, 'arguments') }],
      ['response.mcp_call_arguments.done', { ...place, arguments: textOf(item, 'arguments') }],
      ...steps('mcp_call', [mcpOutcome(item)], place),
    ],
  },
};

const IMAGE_HEAD = new Set(['id', 'type', 'status']);

function steps(tool: string, names: readonly (string | undefined)[], place: ItemPlace): ItemEvent[] {
  return names.flatMap((name): ItemEvent[] => (name === undefined ? [] : [[`response.${tool}.${name}`, place]]));
}

/** Tools of the provider have an event for success only; what failed says so in its status. */
function outcome(item: JsonObject): string | undefined {
  return item['status'] === 'failed' ? undefined : 'completed';
}

function mcpOutcome(item: JsonObject): string {
  return (item['error'] ?? null) === null ? 'completed' : 'failed';
}

function textOf(object: JsonObject, key: string): string {
  return typeof object[key] === 'string' ? object[key] : '';
}

function textEvents(family: string, key: string, object: JsonObject, place: object): ItemEvent[] {
  const text = textOf(object, key);
  const deltas = textPieces(text).map((delta): ItemEvent => [`${family}.delta`, { ...place, delta }]);
  return [...deltas, [`${family}.done`, { ...place, [key]: text }]];
}

function summaryEvents(item: JsonObject, place: ItemPlace): ItemEvent[] {
  return elements(item['summary']).flatMap((part, summary_index) => {
    const at = { ...place, summary_index };
    return [
      ['response.reasoning_summary_part.added', { ...at, part: { ...part, text: '' } }],
      ...textEvents('response.reasoning_summary_text', 'text', part, at),
      ['response.reasoning_summary_part.done', { ...at, part }],
    ] as ItemEvent[];
  });
}

/** The parts of a message, and of reasoning that is shown in full. */
function contentEvents(item: JsonObject, place: ItemPlace): ItemEvent[] {
  return elements(item['content']).flatMap((part, content_index) => {
    const at = { ...place, content_index };
    return [
      ['response.content_part.added', { ...at, part: emptyPart(part) }],
      ...partEvents(part, at),
      ['response.content_part.done', { ...at, part }],
    ] as ItemEvent[];
  });
}

function emptyPart(part: JsonObject): JsonObject {
  if (part['type'] === 'refusal') return { ...part, refusal: '' };
  const lists = Object.entries(part).filter(([, value]) => Array.isArray(value));
  return { ...part, ...Object.fromEntries(lists.map(([key]) => [key, []])), text: '' };
}

function partEvents(part: JsonObject, at: object): ItemEvent[] {
  if (part['type'] === 'refusal') return textEvents('response.refusal', 'refusal', part, at);
  if (part['type'] === 'reasoning_text') return textEvents('response.reasoning_text', 'text', part, at);
  if (part['type'] !== 'output_text') return [];
  const text = textOf(part, 'text');
  const logprobs = Array.isArray(part['logprobs']) ? part['logprobs'] : [];
  const pieces =
    logprobs.length > 0
      ? tokenPieces(text, logprobs)
      : textPieces(text).map((piece) => ({ text: piece, logprobs: [] }));
  const annotations = Array.isArray(part['annotations']) ? part['annotations'] : [];
  return [
    ...pieces.map((piece): ItemEvent => [
      'response.output_text.delta',
      { ...at, delta: piece.text, logprobs: piece.logprobs },
    ]),
    ...annotations.map((annotation, annotation_index): ItemEvent => [
      'response.output_text.annotation.added',
      { ...at, annotation_index, annotation },
    ]),
    ['response.output_text.done', { ...at, text, logprobs }],
  ];
}
