import type { Row } from './entry.ts';

const tool = (parameters: unknown, strict = true) => ({
  tools: [{ type: 'function', function: { name: 'f', parameters, strict } }],
});
const schema = (given: unknown) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: given, strict: true } },
});
const REQUIRED = "'required' is required to be supplied and to be an array including every key in properties.";
const ADDITIONAL = "'additionalProperties' is required to be supplied and to be false.";
const parametersFault = { param: 'tools[0].function.parameters', code: 'invalid_function_parameters' };

/** Chat: schemas that strict mode does not take. */
export const chatSchemas: readonly Row[] = [
  {
    id: 'strict-tool-open',
    with: tool({ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }),
    ...parametersFault,
    message: `Invalid schema for function 'f': In context=(), ${ADDITIONAL}`,
  },
  {
    id: 'strict-tool-nested-open',
    with: tool({
      type: 'object',
      properties: { a: { type: 'object', properties: {} } },
      required: ['a'],
      additionalProperties: false,
    }),
    ...parametersFault,
    message: `Invalid schema for function 'f': In context=('properties', 'a'), ${ADDITIONAL}`,
  },
  {
    id: 'strict-tool-required',
    with: tool({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    }),
    ...parametersFault,
    message: `Invalid schema for function 'f': In context=(), ${REQUIRED} Missing 'b'.`,
  },
  {
    id: 'strict-tool-extra-required',
    with: tool({ type: 'object', properties: {}, required: ['a'], additionalProperties: false }),
    ...parametersFault,
    message: `Invalid schema for function 'f': In context=(), ${REQUIRED} Extra required key 'a' supplied.`,
  },
  {
    id: 'tool-no-object',
    with: tool({ type: 'string' }, false),
    ...parametersFault,
    message: `Invalid schema for function 'f': schema must be a JSON Schema of 'type: "object"', got 'type: "string"'.`,
  },
  {
    id: 'tool-no-properties',
    with: tool({ type: 'object' }, false),
    ...parametersFault,
    message: "Invalid schema for function 'f': In context=(), object schema missing properties.",
  },
  {
    id: 'strict-format-open',
    with: schema({ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }),
    param: 'response_format',
    message: `Invalid schema for response_format 'answer': In context=(), ${ADDITIONAL}`,
  },
  {
    id: 'strict-format-required',
    with: schema({ type: 'object', properties: { a: { type: 'string' } }, required: [], additionalProperties: false }),
    param: 'response_format',
    message: `Invalid schema for response_format 'answer': In context=(), ${REQUIRED} Missing 'a'.`,
  },
  {
    id: 'strict-format-word',
    with: schema({ type: 'object', properties: { a: { allOf: [] } }, required: ['a'], additionalProperties: false }),
    param: 'response_format',
    message: "Invalid schema for response_format 'answer': In context=('properties', 'a'), 'allOf' is not permitted.",
  },
  {
    id: 'strict-format-array-items',
    with: schema({
      type: 'object',
      properties: { a: { type: 'array' } },
      required: ['a'],
      additionalProperties: false,
    }),
    param: 'response_format',
    message: "Invalid schema for response_format 'answer': In context=('properties', 'a'), array schema missing items.",
  },
  {
    id: 'strict-format-untyped',
    with: schema({ type: 'object', properties: { a: {} }, required: ['a'], additionalProperties: false }),
    param: 'response_format',
    message:
      "Invalid schema for response_format 'answer': In context=('properties', 'a'), schema must have a 'type' key.",
  },
  {
    id: 'strict-format-no-object',
    with: schema({ type: 'array', items: { type: 'string' } }),
    param: 'response_format',
    message: `Invalid schema for response_format 'answer': schema must be a JSON Schema of 'type: "object"', got 'type: "array"'.`,
  },
];
