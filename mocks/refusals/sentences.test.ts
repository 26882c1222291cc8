import { expect, test } from 'vitest';
import * as say from './sentences.ts';
import type { Violation } from './violation.ts';

/** As they were recorded: status, code, parameter and sentence. */
const RECORDED: readonly (readonly [Violation, string | null, string | null, string])[] = [
  [say.missing('messages'), 'missing_required_parameter', 'messages', "Missing required parameter: 'messages'."],
  [say.unknown('a.b'), 'unknown_parameter', 'a.b', "Unknown parameter: 'a.b'."],
  [
    say.wrongType('input', 'one of a string or array of objects', 5),
    'invalid_type',
    'input',
    "Invalid type for 'input': expected one of a string or array of objects, but got an integer instead.",
  ],
  [say.noFile('file'), 'invalid_type', 'file', "Invalid type for 'file': expected a file, but got a string instead."],
  [
    say.unsupportedChoice('order', 'up', ['asc', 'desc']),
    'invalid_value',
    'order',
    "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.",
  ],
  [
    say.unsupportedChoice('verbosity', 'x', ['low', 'medium', 'high']),
    'invalid_value',
    'verbosity',
    "Invalid value: 'x'. Supported values are: 'low', 'medium', and 'high'.",
  ],
  [
    say.unsupportedChoice('prediction.type', 'text', ['content']),
    'invalid_value',
    'prediction.type',
    "Invalid value: 'text'. Value must be 'content'.",
  ],
  [
    say.below('temperature', 0, -1, 'decimal'),
    'decimal_below_min_value',
    'temperature',
    "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
  ],
  [
    say.above('n', 128, 129, 'integer'),
    'integer_above_max_value',
    'n',
    "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 129 instead.",
  ],
  [
    say.tooMany({ thing: 'string', path: 'user', size: 65 }, 64),
    'string_above_max_length',
    'user',
    "Invalid 'user': string too long. Expected a string with maximum length 64, but got a string with length 65 instead.",
  ],
  [
    say.tooMany({ thing: 'array', path: 'tools', size: 129 }, 128),
    'array_above_max_length',
    'tools',
    "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 129 instead.",
  ],
  [
    say.tooMany({ thing: 'object', path: 'metadata', size: 17 }, 16),
    'object_above_max_properties',
    'metadata',
    "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
  ],
  [
    say.tooFew({ thing: 'array', path: 'messages', size: 0 }, 1),
    'empty_array',
    'messages',
    "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
  ],
  [
    say.tooFew({ thing: 'string', path: 'a', size: 1 }, 2),
    'string_below_min_length',
    'a',
    "Invalid 'a': string too short. Expected a string with minimum length 2, but got a string with length 1 instead.",
  ],
  [
    say.patternMissed('tools[0].function.name', '^[a-z]+$'),
    'invalid_value',
    'tools[0].function.name',
    "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-z]+$'.",
  ],
  [
    say.nameTooLong('metadata', 'kk', 1),
    'property_name_above_max_length',
    'metadata',
    "Invalid property name in 'metadata': 'kk' is too long. Expected a string with maximum length 1, but got a string with length 2 instead.",
  ],
  [
    say.unsupportedParameter('max_tokens', 'max_completion_tokens'),
    'unsupported_parameter',
    'max_tokens',
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  ],
  [
    say.unsupportedByModel('verbosity', 'low', 'gpt-4o-mini', ['medium']),
    'unsupported_value',
    'verbosity',
    "Unsupported value: 'low' is not supported with the 'gpt-4o-mini' model. Supported values are: 'medium'.",
  ],
  [
    say.exclusive('previous_response_id', 'conversation'),
    'mutually_exclusive_parameters',
    null,
    "Mutually exclusive parameters. Ensure you are only providing one of: 'previous_response_id' or 'conversation'.",
  ],
  [say.NO_MODEL, null, null, 'you must provide a model parameter'],
  [say.unknownModel('m', 'responses'), 'model_not_found', 'model', "The requested model 'm' does not exist."],
];

test.each(RECORDED)('%o', (refusal, code, param, message) => {
  expect(refusal).toEqual({ status: 400, type: 'invalid_request_error', code, param, message });
});

test('a model that chat does not have is 404', () => {
  expect(say.unknownModel('m', 'chat')).toEqual({
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
    param: null,
    message: 'The model `m` does not exist or you do not have access to it.',
  });
});

test.each([
  [null, 'null'],
  [[], 'an array'],
  [['a'], 'an array of strings'],
  [[{}], 'an array of objects'],
  [1.5, 'a decimal'],
  [{}, 'an object'],
  [true, 'a boolean'],
])('%j is named %s', (value, kind) => {
  expect(say.wrongType('a', 'a string', value).message).toContain(`but got ${kind} instead`);
});
