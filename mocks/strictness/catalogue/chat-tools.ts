import type { Row } from './entry.ts';
import { badPattern, badValue, emptyArray, longArray, longString, missing, unknown, wrongType } from './entry.ts';

const f = { type: 'function', function: { name: 'f' } };
const NAME = '^[a-zA-Z0-9_-]+$';

/** Chat: tools and formats of the wrong shape. */
export const chatTools: readonly Row[] = [
  {
    id: 'tools-object',
    level: 'off',
    with: { tools: { f } },
    ...wrongType('tools', 'an array of objects', 'an object'),
  },
  { id: 'tools-empty', level: 'openai', with: { tools: [] }, ...emptyArray('tools') },
  {
    id: 'tools-too-many',
    level: 'openai',
    with: { tools: Array.from({ length: 129 }, () => f) },
    ...longArray('tools', 128, 129),
  },
  { id: 'tool-type-missing', with: { tools: [{ function: { name: 'f' } }] }, ...missing('tools[0].type') },
  {
    id: 'tool-type-unknown',
    with: { tools: [{ type: 'web_search' }] },
    ...badValue('tools[0].type', 'web_search', "'function' and 'custom'"),
  },
  { id: 'tool-function-missing', with: { tools: [{ type: 'function', name: 'f' }] }, ...missing('tools[0].function') },
  {
    id: 'tool-name-missing',
    with: { tools: [{ type: 'function', function: { description: 'x' } }] },
    ...missing('tools[0].function.name'),
  },
  {
    id: 'tool-unknown-field',
    level: 'openai',
    with: { tools: [{ type: 'function', function: { name: 'f', nme: 'f' } }] },
    ...unknown('tools[0].function.nme'),
  },
  {
    id: 'tool-name-pattern',
    level: 'openai',
    with: { tools: [{ type: 'function', function: { name: 'get weather' } }] },
    ...badPattern('tools[0].function.name', NAME),
  },
  {
    id: 'tool-name-too-long',
    level: 'openai',
    with: { tools: [{ type: 'function', function: { name: 'f'.repeat(65) } }] },
    ...longString('tools[0].function.name', 64, 65),
  },
  {
    id: 'tool-name-empty',
    level: 'openai',
    with: { tools: [{ type: 'function', function: { name: '' } }] },
    param: 'tools[0].function.name',
    code: 'empty_string',
    message:
      "Invalid 'tools[0].function.name': empty string. Expected a string with minimum length 1, but got an empty string instead.",
  },
  {
    id: 'tool-description-too-long',
    level: 'openai',
    with: { tools: [{ type: 'function', function: { name: 'f', description: 'd'.repeat(1701) } }] },
    ...longString('tools[0].function.description', 1024, 1701),
  },
  {
    id: 'tool-parameters-string',
    with: { tools: [{ type: 'function', function: { name: 'f', parameters: '{}' } }] },
    ...wrongType('tools[0].function.parameters', 'an object', 'a string'),
  },
  {
    id: 'tool-strict-string',
    with: { tools: [{ type: 'function', function: { name: 'f', strict: 'yes' } }] },
    ...wrongType('tools[0].function.strict', 'a boolean', 'a string'),
  },
  {
    id: 'tool-choice-unknown',
    with: { tools: [f], tool_choice: 'any' },
    ...badValue('tool_choice', 'any', "'none', 'auto', and 'required'"),
  },
  {
    id: 'tool-choice-name-missing',
    with: { tools: [f], tool_choice: { type: 'function', function: {} } },
    ...missing('tool_choice.function.name'),
  },
  {
    id: 'grammar-syntax-unknown',
    with: {
      tools: [
        {
          type: 'custom',
          custom: { name: 'g', format: { type: 'grammar', grammar: { definition: 'x', syntax: 'peg' } } },
        },
      ],
    },
    ...badValue('tools[0].custom.format.grammar.syntax', 'peg', "'lark' and 'regex'"),
  },
  { id: 'functions-empty', with: { functions: [] }, ...emptyArray('functions') },
  { id: 'format-type-missing', with: { response_format: {} }, ...missing('response_format.type') },
  {
    id: 'format-string',
    level: 'off',
    with: { response_format: 'json' },
    ...wrongType('response_format', 'an object', 'a string'),
  },
  {
    id: 'format-type-unknown',
    with: { response_format: { type: 'xml' } },
    ...badValue('response_format.type', 'xml', "'text', 'json_schema', and 'json_object'"),
  },
  {
    id: 'format-schema-missing',
    with: { response_format: { type: 'json_schema' } },
    ...missing('response_format.json_schema'),
  },
  {
    id: 'format-name-missing',
    with: { response_format: { type: 'json_schema', json_schema: { schema: {} } } },
    ...missing('response_format.json_schema.name'),
  },
  {
    id: 'format-name-pattern',
    level: 'openai',
    with: {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'my schema', schema: { type: 'object', properties: {} } },
      },
    },
    ...badPattern('response_format.json_schema.name', NAME),
  },
  {
    id: 'search-context-unknown',
    with: { model: 'gpt-4o-search-preview', web_search_options: { search_context_size: 'huge' } },
    ...badValue('web_search_options.search_context_size', 'huge', "'low', 'medium', and 'high'"),
  },
  {
    id: 'prediction-type-unknown',
    with: { prediction: { type: 'text', content: 'x' } },
    param: 'prediction.type',
    code: 'invalid_value',
    message: "Invalid value: 'text'. Value must be 'content'.",
  },
];
