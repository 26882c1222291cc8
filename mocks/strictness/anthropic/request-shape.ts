import type { Shape } from './shape.ts';
import { anything, dictionary, fields, flag, integer, list, share, tagged, text, textOr } from './shape.ts';

/** The member that tells shapes apart. */
const tag = anything;

const ID = /^[a-zA-Z0-9_-]+$/;
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const DATED_TOOL = /_\d{8}$/;

const cacheControl = fields({
  required: { type: text({ values: ['ephemeral'] }) },
  optional: { ttl: text({ values: ['5m', '1h'] }) },
});

const block = (required: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape =>
  fields({ required: { type: tag, ...required }, optional: { cache_control: cacheControl, ...optional } });

const citationSwitch = fields({ optional: { enabled: flag } });
const textBlock = block({ text: text() }, { citations: anything });

const imageSource = tagged({
  shapes: {
    base64: fields({
      required: {
        type: tag,
        media_type: text({ values: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] }),
        data: text(),
      },
    }),
    url: fields({ required: { type: tag, url: text() } }),
    file: fields({ required: { type: tag, file_id: text() } }),
  },
});
const image = block({ source: imageSource });

const documentSource = tagged({
  shapes: {
    base64: fields({ required: { type: tag, media_type: text({ values: ['application/pdf'] }), data: text() } }),
    text: fields({ required: { type: tag, media_type: text({ values: ['text/plain'] }), data: text() } }),
    url: fields({ required: { type: tag, url: text() } }),
    file: fields({ required: { type: tag, file_id: text() } }),
    content: fields({
      required: { type: tag, content: textOr(list(tagged({ shapes: { text: textBlock, image } }))) },
    }),
  },
});
const document = block({ source: documentSource }, { title: text(), context: text(), citations: citationSwitch });
const searchResult = block({ source: text(), title: text(), content: list(textBlock) }, { citations: citationSwitch });

const resultContent = textOr(
  list(
    tagged({
      shapes: { text: textBlock, image, document, search_result: searchResult },
      open: /^tool_reference$/,
    }),
  ),
);

const SERVER_BLOCK =
  /^(?:server_tool_use|mcp_tool_use|container_upload|tool_reference|tool_addition|tool_removal|compaction|fallback|.+_tool_result)$/;

const contentBlock = tagged({
  shapes: {
    text: textBlock,
    image,
    document,
    search_result: searchResult,
    thinking: fields({ required: { type: tag, thinking: text(), signature: text() } }),
    redacted_thinking: fields({ required: { type: tag, data: text() } }),
    tool_use: block({ id: text({ pattern: ID }), name: text(), input: dictionary }, { caller: anything }),
    tool_result: block({ tool_use_id: text({ pattern: ID }) }, { content: resultContent, is_error: flag }),
  },
  open: SERVER_BLOCK,
});

const message = fields({
  required: { role: text({ values: ['user', 'assistant', 'system'] }), content: textOr(list(contentBlock)) },
});

const customTool = block(
  { name: text({ pattern: TOOL_NAME }), input_schema: dictionary },
  {
    type: tag,
    description: text(),
    strict: flag,
    defer_loading: flag,
    input_examples: list(dictionary),
    allowed_callers: list(text()),
    eager_input_streaming: flag,
  },
);
/** A custom tool may leave its type out. */
const tool = tagged({
  shapes: {
    custom: (value, path) => customTool({ type: 'custom', ...(value as object) }, path),
  },
  otherwise: 'custom',
  open: DATED_TOOL,
});

const parallel = { disable_parallel_tool_use: flag };
const toolChoice = tagged({
  shapes: {
    auto: fields({ required: { type: tag }, optional: parallel }),
    any: fields({ required: { type: tag }, optional: parallel }),
    tool: fields({ required: { type: tag, name: text() }, optional: parallel }),
    none: fields({ required: { type: tag } }),
  },
});

const display = text({ values: ['summarized', 'omitted'] });
const thinking = tagged({
  shapes: {
    enabled: fields({ required: { type: tag, budget_tokens: integer({ least: 1024 }) }, optional: { display } }),
    adaptive: fields({ required: { type: tag }, optional: { display } }),
    disabled: fields({ required: { type: tag } }),
  },
});

const format = tagged({
  shapes: { json_schema: fields({ required: { type: tag, schema: dictionary } }) },
});
const outputConfig = fields({
  optional: {
    effort: text({ values: ['low', 'medium', 'high', 'xhigh', 'max'] }),
    format,
    task_budget: anything,
  },
});

const common: Readonly<Record<string, Shape>> = {
  system: textOr(list(tagged({ shapes: { text: textBlock } }))),
  tools: list(tool),
  tool_choice: toolChoice,
  thinking,
  output_config: outputConfig,
  output_format: format,
  cache_control: cacheControl,
  context_management: dictionary,
  mcp_servers: list(dictionary),
  speed: text({ values: ['standard', 'fast'] }),
};

const asked: Readonly<Record<string, Shape>> = { model: text(), messages: list(message) };

/** The body of a request for a message. */
export const messageShape: Shape = fields({
  required: { model: text(), max_tokens: integer({ least: 1 }), messages: list(message) },
  optional: {
    ...common,
    stop_sequences: list(text()),
    stream: flag,
    temperature: share,
    top_p: share,
    top_k: integer({ least: 0 }),
    metadata: fields({ optional: { user_id: text() } }),
    service_tier: text({ values: ['auto', 'standard_only'] }),
    container: anything,
    inference_geo: text(),
    diagnostics: anything,
    workspace_id: text(),
    user_profile_id: text(),
    billing_policy: anything,
    compaction: anything,
    fallbacks: anything,
    fallback_credit_token: text(),
    thread: tagged({
      shapes: {
        create: fields({ required: { type: tag } }),
        continue: fields({ required: { type: tag, previous_message_id: text() } }),
      },
    }),
  },
});

/** The body of a request that only counts. */
export const countShape: Shape = fields({ required: asked, optional: common });
