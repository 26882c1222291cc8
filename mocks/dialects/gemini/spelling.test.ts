import { expect, test } from 'vitest';
import { unknownFields } from './errors.ts';
import { readMessage } from './spelling.ts';

const read = (body: unknown) => readMessage(body, 'GenerateContentRequest');

test('snake case and camel case are one request', () => {
  const camel = {
    systemInstruction: { parts: [{ text: 'a' }] },
    generationConfig: { maxOutputTokens: 3, thinkingConfig: { thinkingBudget: 0 } },
    tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { max_length: 1 } }] }],
    contents: [{ parts: [{ inlineData: { mimeType: 'a/b', data: '' } }] }],
  };
  const snake = {
    system_instruction: { parts: [{ text: 'a' }] },
    generation_config: { max_output_tokens: 3, thinking_config: { thinking_budget: 0 } },
    tools: [{ function_declarations: [{ name: 'f', parameters_json_schema: { max_length: 1 } }] }],
    contents: [{ parts: [{ inline_data: { mime_type: 'a/b', data: '' } }] }],
  };
  expect(read(snake)).toEqual({ value: camel, faults: [] });
  expect(read(camel)).toEqual({ value: camel, faults: [] });
});

test('arguments, responses and plain schemas are not looked into', () => {
  const parts = [
    { functionCall: { name: 'f', args: { snake_case: 1, camelCase: 2 } } },
    { functionResponse: { name: 'f', response: { any_thing: [] } } },
  ];
  expect(read({ contents: [{ role: 'user', parts }] }).value).toEqual({ contents: [{ role: 'user', parts }] });
});

test('a list of one may stand without brackets, numbers may be texts, and null is nothing', () => {
  const { value, faults } = read({
    contents: { parts: { text: 'Hi' } },
    generationConfig: { maxOutputTokens: '7', temperature: '0.5', seed: null },
  });
  expect(faults).toEqual([]);
  expect(value).toEqual({
    contents: [{ parts: [{ text: 'Hi' }] }],
    generationConfig: { maxOutputTokens: 7, temperature: 0.5 },
  });
});

test.each([
  [{ nonsense: 1 }, '', 'Invalid JSON payload received. Unknown name "nonsense": Cannot find field.'],
  [
    { generationConfig: { maxTokens: 1 } },
    'generation_config',
    `Invalid JSON payload received. Unknown name "maxTokens" at 'generation_config': Cannot find field.`,
  ],
  [
    { tools: [{}, { functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', $schema: 'x' } }] }] },
    'tools[1].function_declarations[0].parameters',
    `Invalid JSON payload received. Unknown name "$schema" at 'tools[1].function_declarations[0].parameters': Cannot find field.`,
  ],
  [
    { tools: [{ functionDeclarations: [{ parameters: { properties: { a: { additionalProperties: false } } } }] }] },
    'tools[0].function_declarations[0].parameters.properties[0].value',
    `Invalid JSON payload received. Unknown name "additionalProperties" at 'tools[0].function_declarations[0].parameters.properties[0].value': Cannot find field.`,
  ],
  [
    { contents: ['Hi'] },
    'contents[0]',
    `Invalid value at 'contents[0]' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), "Hi"`,
  ],
  [
    { generationConfig: { temperature: 'hot' } },
    'generation_config.temperature',
    `Invalid value at 'generation_config.temperature' (TYPE_FLOAT), "hot"`,
  ],
])('%j is told with its place', (body, field, description) => {
  expect(read(body).faults).toEqual([{ field, description }]);
});

test('several faults are one error with a violation each', () => {
  const error = unknownFields(read({ a: 1, generationConfig: { b: 1 } }).faults);
  expect(error.message.split('\n')).toHaveLength(2);
  expect(error.details).toEqual([
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [
        { description: 'Invalid JSON payload received. Unknown name "a": Cannot find field.' },
        {
          field: 'generation_config',
          description: `Invalid JSON payload received. Unknown name "b" at 'generation_config': Cannot find field.`,
        },
      ],
    },
  ]);
});
