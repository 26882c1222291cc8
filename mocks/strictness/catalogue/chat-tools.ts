import type { Row } from './entry.ts';
import { unknown, unsupportedChoice, wrongKind } from '../../refusals/sentences.ts';

const f = { type: 'function', function: { name: 'f' } };

/** Chat: tools and formats of the wrong shape. */
export const chatTools: readonly Row[] = [
  {
    id: 'tools-object',
    level: 'off',
    with: { tools: { f } },
    ...wrongKind('tools', 'an array of objects', 'an object'),
  },
  {
    id: 'tool-unknown-field',
    level: 'openai',
    with: { tools: [{ type: 'function', function: { name: 'f', nme: 'f' } }] },
    ...unknown('tools[0].function.nme'),
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
    ...unsupportedChoice('tools[0].custom.format.grammar.syntax', 'peg', ['lark', 'regex']),
  },
  {
    id: 'format-string',
    level: 'off',
    with: { response_format: 'json' },
    ...wrongKind('response_format', 'an object', 'a string'),
  },
  {
    id: 'search-context-unknown',
    with: { model: 'gpt-4o-search-preview', web_search_options: { search_context_size: 'huge' } },
    ...unsupportedChoice('web_search_options.search_context_size', 'huge', ['low', 'medium', 'high']),
  },
  {
    id: 'prediction-type-unknown',
    with: { prediction: { type: 'text', content: 'x' } },
    param: 'prediction.type',
    code: 'invalid_value',
    message: "Invalid value: 'text'. Value must be 'content'.",
  },
];
