import type { Row } from './entry.ts';
import { above, badPattern, badValue, missing } from './entry.ts';

const open = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const TOOL_SCHEMA = { param: 'tools[0].parameters', code: 'invalid_function_parameters' };
const TEXT_SCHEMA = { param: 'text.format.schema', code: 'invalid_json_schema' };
const ADDITIONAL = "In context=(), 'additionalProperties' is required to be supplied and to be false.";
const f = { type: 'function', name: 'f', strict: false, parameters: { type: 'object', properties: {} } };

/** Responses: tools and formats. */
export const responsesTools: readonly Row[] = [
  { id: 'tool-of-chat', with: { tools: [{ type: 'function', function: { name: 'f' } }] }, ...missing('tools[0].name') },
  {
    id: 'tool-type-unknown',
    with: { tools: [{ type: 'browser' }] },
    param: 'tools[0].type',
    code: 'invalid_value',
    message: /^Invalid value: 'browser'\. Supported values are: 'function', 'file_search', /,
  },
  {
    id: 'tool-name-pattern',
    level: 'openai',
    with: { tools: [{ ...f, name: 'a b' }] },
    ...badPattern('tools[0].name', '^[a-zA-Z0-9_-]+$'),
  },
  { id: 'tool-stores-missing', with: { tools: [{ type: 'file_search' }] }, ...missing('tools[0].vector_store_ids') },
  { id: 'tool-container-missing', with: { tools: [{ type: 'code_interpreter' }] }, ...missing('tools[0].container') },
  {
    id: 'tool-partial-images-too-many',
    with: { tools: [{ type: 'image_generation', partial_images: 4 }] },
    ...above('tools[0].partial_images', 3, 4, 'integer'),
  },
  {
    id: 'mcp-label-missing',
    with: { tools: [{ type: 'mcp', server_url: 'https://x.test' }] },
    ...missing('tools[0].server_label'),
  },
  {
    id: 'mcp-server-missing',
    level: 'openai',
    with: { tools: [{ type: 'mcp', server_label: 'x' }] },
    param: 'tools[0]',
    code: 'invalid_value',
    message: "Invalid 'tools[0]': one of 'server_url', 'connector_id', or 'tunnel_id' must be provided.",
  },
  {
    id: 'tool-choice-unknown',
    with: { tools: [f], tool_choice: 'any' },
    ...badValue('tool_choice', 'any', "'none', 'auto', and 'required'"),
  },
  {
    id: 'tool-choice-of-no-tool',
    level: 'openai',
    with: { tools: [f], tool_choice: { type: 'function', name: 'g' } },
    param: 'tool_choice',
    message: "Tool choice 'function' not found in 'tools' parameter.",
  },
  {
    id: 'tool-choice-required-without-tools',
    level: 'openai',
    with: { tool_choice: 'required' },
    param: 'tool_choice',
    message: "Tool choice 'required' must be specified with 'tools' parameter.",
  },
  {
    id: 'strict-tool-open',
    level: 'openai',
    with: { tools: [{ ...f, strict: true, parameters: open }] },
    ...TOOL_SCHEMA,
    message: `Invalid schema for function 'f': ${ADDITIONAL}`,
  },
  {
    id: 'tool-no-object',
    level: 'openai',
    with: { tools: [{ ...f, parameters: { type: 'array', items: {} } }] },
    ...TOOL_SCHEMA,
    message: `Invalid schema for function 'f': schema must be a JSON Schema of 'type: "object"', got 'type: "array"'.`,
  },
  {
    id: 'format-of-chat',
    with: { text: { format: { type: 'json_schema', json_schema: { name: 'a', schema: open } } } },
    ...missing('text.format.name'),
  },
  {
    id: 'format-type-unknown',
    with: { text: { format: { type: 'xml' } } },
    ...badValue('text.format.type', 'xml', "'text', 'json_schema', and 'json_object'"),
  },
  {
    id: 'format-schema-missing',
    with: { text: { format: { type: 'json_schema', name: 'a' } } },
    ...missing('text.format.schema'),
  },
  {
    id: 'strict-format-open',
    level: 'openai',
    with: { text: { format: { type: 'json_schema', name: 'answer', schema: open } } },
    ...TEXT_SCHEMA,
    message: `Invalid schema for response_format 'answer': ${ADDITIONAL}`,
  },
  {
    id: 'json-mode-without-json',
    level: 'openai',
    with: { text: { format: { type: 'json_object' } } },
    param: 'input',
    message:
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
  },
];
