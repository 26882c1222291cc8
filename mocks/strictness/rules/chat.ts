import type { Rule } from '../rule.ts';
import {
  anything,
  decimal,
  either,
  flag,
  integer,
  levels,
  list,
  map,
  nullable,
  object,
  oneOf,
  tagged,
  text,
} from '../rule.ts';
import { chatMessage } from './chat-messages.ts';
import { effort, free, modelFields, optionalFlag, optionalText, stop, toolName, verbosity } from './shared.ts';

const TOOLS_MOST = 128;
const NAME_MOST = 64;
const DESCRIPTION_MOST = 1024;

const description = levels(text(), text({ most: DESCRIPTION_MOST }));

const functionFields = { name: toolName(NAME_MOST), description, parameters: free };
const functionTool = object({ ...functionFields, strict: optionalFlag }, ['name']);
const grammar = object({ definition: text(), syntax: oneOf('lark', 'regex') }, ['definition', 'syntax']);
const customTool = object(
  {
    name: toolName(NAME_MOST),
    description,
    format: tagged('type', {
      text: object({ type: text() }, [], 'closed'),
      grammar: object({ type: text(), grammar }, ['grammar'], 'closed'),
    }),
  },
  ['name'],
);

const tool = tagged('type', {
  function: object({ type: text(), function: functionTool }, ['function']),
  custom: object({ type: text(), custom: customTool }, ['custom']),
});

const named = object({ name: text() }, ['name']);
const toolChoice = either({
  text: oneOf('none', 'auto', 'required'),
  object: tagged('type', {
    function: object({ type: text(), function: named }, ['function']),
    custom: object({ type: text(), custom: named }, ['custom']),
    allowed_tools: object(
      {
        type: text(),
        allowed_tools: object({ mode: oneOf('auto', 'required'), tools: list(free) }, ['mode', 'tools']),
      },
      ['allowed_tools'],
    ),
  }),
});

export const responseFormat = tagged('type', {
  text: object({ type: text() }),
  json_schema: object(
    {
      type: text(),
      json_schema: object({ name: toolName(NAME_MOST), description: text(), schema: free, strict: optionalFlag }, [
        'name',
      ]),
    },
    ['json_schema'],
  ),
  json_object: object({ type: text() }),
});

export const streamOptions = nullable(object({ include_usage: flag, include_obfuscation: flag }));

const voice = either({ text: text(), object: object({ id: text() }, ['id'], 'closed') });

export const chatBody: Rule = object(
  {
    ...modelFields,
    messages: list(chatMessage, { least: 1 }),
    audio: nullable(
      object({ voice, format: oneOf('wav', 'aac', 'mp3', 'flac', 'opus', 'pcm16') }, ['voice', 'format']),
    ),
    frequency_penalty: nullable(decimal(-2, 2)),
    presence_penalty: nullable(decimal(-2, 2)),
    function_call: either({ text: oneOf('none', 'auto'), object: named }),
    functions: list(object(functionFields, ['name']), { least: 1, most: TOOLS_MOST }),
    logit_bias: nullable(levels(map(integer()), map(integer(-100, 100)))),
    logprobs: optionalFlag,
    max_completion_tokens: levels(nullable(integer()), nullable(integer(1))),
    max_tokens: levels(nullable(integer()), nullable(integer(1))),
    modalities: nullable(list(oneOf('text', 'audio'))),
    n: nullable(integer(1, 128)),
    prediction: nullable(
      object({ type: oneOf('content'), content: either({ text: text(), list: list(free, { least: 1 }) }) }, [
        'type',
        'content',
      ]),
    ),
    reasoning_effort: nullable(effort),
    response_format: responseFormat,
    seed: nullable(integer(-9223372036854776000, 9223372036854776000)),
    service_tier: nullable(oneOf('auto', 'default', 'flex', 'scale', 'priority', 'fast')),
    stop,
    stream_options: streamOptions,
    tool_choice: toolChoice,
    tools: levels(list(tool), list(tool, { least: 1, most: TOOLS_MOST })),
    verbosity,
    web_search_options: object({
      search_context_size: oneOf('low', 'medium', 'high'),
      user_location: nullable(
        object(
          {
            type: oneOf('approximate'),
            approximate: object({ country: text(), region: text(), city: text(), timezone: text() }),
          },
          ['type', 'approximate'],
        ),
      ),
    }),
  },
  ['messages', 'model'],
);

export const completionBody: Rule = object(
  {
    model: text(),
    prompt: nullable(either({ text: text(), list: list(anything, { least: 1 }) })),
    best_of: nullable(integer(0, 20)),
    echo: optionalFlag,
    frequency_penalty: nullable(decimal(-2, 2)),
    logit_bias: nullable(levels(map(integer()), map(integer(-100, 100)))),
    logprobs: nullable(integer(0, 5)),
    max_tokens: nullable(integer(0)),
    n: nullable(integer(1, 128)),
    presence_penalty: nullable(decimal(-2, 2)),
    seed: nullable(integer()),
    stop,
    stream: optionalFlag,
    stream_options: streamOptions,
    suffix: optionalText,
    temperature: nullable(decimal(0, 2)),
    top_p: nullable(decimal(0, 1)),
    user: text(),
  },
  ['model', 'prompt'],
);
