import { tokenBias } from '../../generation/logit-bias.ts';
import type { Media } from '../../generation/media.ts';
import { audioMedia, documentMedia, imageMedia } from '../../generation/media.ts';
import { modelFacts } from '../../generation/models.ts';
import type { AnswerFormat, PastCall, Prompt, ToolChoice, ToolSpec, Turn } from '../../generation/prompt.ts';
import { lastUserText } from '../../generation/prompt.ts';
import { withoutContext } from '../../generation/question/context-blocks.ts';
import { asText, contentText, objectsIn, optionalInteger } from '../content.ts';
import type { DialectContext } from '../reply.ts';
import { grammarOf, variationOf, verbosityOf } from '../requested-format.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

const ROLES: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'developer',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
};

function calledIn(message: Body): readonly PastCall[] {
  const legacy = isBody(message['function_call']) ? [message['function_call']] : [];
  const made = objectsIn(message['tool_calls']).map((call) => call['function'] ?? call['custom']);
  return [...made, ...legacy].filter(isBody).map((call) => ({
    name: asText(call['name']),
    input: asText(call['arguments']) || asText(call['input']),
  }));
}

function calledNames(messages: readonly Body[]): ReadonlyMap<unknown, string> {
  const names = new Map<unknown, string>();
  for (const message of messages) {
    for (const call of objectsIn(message['tool_calls'])) {
      const made = isBody(call['function']) ? call['function'] : call['custom'];
      if (isBody(made)) names.set(call['id'], asText(made['name']));
    }
  }
  return names;
}

/** Images and sounds among content parts; undefined for texts, which most contents are. */
function mediaIn(content: unknown): readonly Media[] | undefined {
  if (!Array.isArray(content)) return undefined;
  const media = objectsIn(content).flatMap((part): readonly Media[] => {
    const { image_url: image, input_audio: audio, file } = part;
    if (isBody(image)) return [imageMedia(asText(image['url']), image['detail'])];
    if (isBody(file)) return [documentMedia(asText(file['file_data']))].filter((one) => one !== undefined);
    return isBody(audio) ? [audioMedia(asText(audio['data']), audio['format'])] : [];
  });
  return media.length > 0 ? media : undefined;
}

/** The conversation, with what assistant turns called and which tool answered. */
export function chatTurns(body: Body): readonly Turn[] {
  const messages = objectsIn(body['messages']);
  const names = calledNames(messages);
  return messages.map((message) => {
    const role = ROLES[asText(message['role'])] ?? 'user';
    const calls = calledIn(message);
    const name = role === 'tool' ? names.get(message['tool_call_id']) : undefined;
    return {
      role,
      text: contentText(message['content']) + calls.map((call) => `${call.name}${call.input}`).join(''),
      name: name ?? (asText(message['name']) || undefined),
      calls: calls.length > 0 ? calls : undefined,
      media: mediaIn(message['content']),
    };
  });
}

function named(tool: Body): ToolSpec | undefined {
  if (isBody(tool['function'])) {
    const { name, description, parameters } = tool['function'];
    return { kind: 'function', name: asText(name), description: asText(description), parameters };
  }
  return isBody(tool['custom'])
    ? {
        kind: 'custom',
        name: asText(tool['custom']['name']),
        description: asText(tool['custom']['description']),
        parameters: undefined,
        grammar: grammarOf(tool['custom']['format']),
      }
    : undefined;
}

function functionTools(body: Body): readonly ToolSpec[] {
  const tools = objectsIn(body['tools']).map(named);
  const legacy = objectsIn(body['functions']).map((made) => named({ function: made }));
  return [...tools, ...legacy].filter((tool) => tool !== undefined);
}

function allowed(choice: Body, tools: readonly ToolSpec[]): readonly ToolSpec[] {
  const allowance = choice['allowed_tools'];
  if (!isBody(allowance)) return tools;
  const names = new Set(objectsIn(allowance['tools']).map((tool) => named(tool)?.name));
  return tools.filter((tool) => names.has(tool.name));
}

function mode(value: unknown): ToolChoice {
  return value === 'none' || value === 'required' ? value : 'auto';
}

function toolChoice(choice: unknown): ToolChoice {
  if (!isBody(choice)) return mode(choice);
  if (isBody(choice['allowed_tools'])) return mode(choice['allowed_tools']['mode']);
  const name = named(choice)?.name ?? asText(choice['name']);
  return name === '' ? 'auto' : { name };
}

function answerFormat(format: unknown): AnswerFormat {
  if (!isBody(format)) return { kind: 'text' };
  if (format['type'] === 'json_object') return { kind: 'json_object' };
  if (format['type'] !== 'json_schema' || !isBody(format['json_schema'])) return { kind: 'text' };
  return { kind: 'json_schema', schema: format['json_schema']['schema'] ?? {} };
}

export function stopWords(stop: unknown): readonly string[] {
  if (typeof stop === 'string') return [stop];
  return Array.isArray(stop) ? stop.filter((word) => typeof word === 'string') : [];
}

export function chatPrompt(body: Body, model: string, context: DialectContext): Prompt {
  const turns = chatTurns(body);
  const choice = body['tool_choice'] ?? body['function_call'];
  const tools = functionTools(body);
  return {
    model: modelFacts(model),
    turns,
    asked: withoutContext(lastUserText(turns)),
    instructions: '',
    tools: isBody(choice) ? allowed(choice, tools) : tools,
    toolChoice: toolChoice(choice),
    parallelTools: body['parallel_tool_calls'] !== false && body['functions'] === undefined,
    format: answerFormat(body['response_format']),
    stop: stopWords(body['stop']),
    maxTokens: optionalInteger(body['max_completion_tokens']) ?? optionalInteger(body['max_tokens']),
    effort: asText(body['reasoning_effort']) || undefined,
    verbosity: verbosityOf(body['verbosity']),
    bias: tokenBias(body['logit_bias']),
    tag: context.tag,
    variation: variationOf(body, context),
    scripted: context.scripted,
  };
}
