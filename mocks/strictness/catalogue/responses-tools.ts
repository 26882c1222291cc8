import type { Row } from './entry.ts';

const open = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const TOOL_SCHEMA = { param: 'tools[0].parameters', code: 'invalid_function_parameters' };
const TEXT_SCHEMA = { param: 'text.format.schema', code: 'invalid_json_schema' };
const ADDITIONAL = "In context=(), 'additionalProperties' is required to be supplied and to be false.";
const f = { type: 'function', name: 'f', strict: false, parameters: { type: 'object', properties: {} } };

/** Responses: tools and formats. */
export const responsesTools: readonly Row[] = [
  {
    id: 'mcp-server-missing',
    level: 'openai',
    with: { tools: [{ type: 'mcp', server_label: 'x' }] },
    param: 'tools[0]',
    code: 'invalid_value',
    message: "Invalid 'tools[0]': one of 'server_url', 'connector_id', or 'tunnel_id' must be provided.",
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
