import type { AnswerFormat, Prompt, ToolChoice, ToolSpec } from '../../generation/prompt.ts';
import { lastUserText } from '../../generation/prompt.ts';
import { withoutContext } from '../../generation/question/context-blocks.ts';
import { asText, objectsIn, optionalInteger } from '../content.ts';
import type { DialectContext, ScriptedAnswer } from '../reply.ts';
import { variationOf } from '../requested-format.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { stopWords } from '../chat/prompt.ts';
import { messageTurns } from './content.ts';
import { claudeFacts, generatingFacts } from '../../generation/claude-models.ts';
import { providedSpec } from './server-tools.ts';
import { thinkingOf } from './thinking.ts';

/** Tools that the client carries out; those of the provider have a dated type. */
export function customTools(body: Body): readonly Body[] {
  return objectsIn(body['tools']).filter(({ type }) => type === undefined || type === null || type === 'custom');
}

/** Names of all tools; the provider's by their name too. */
export function toolNames(body: unknown): readonly string[] {
  return isBody(body) ? objectsIn(body['tools']).map((tool) => asText(tool['name']) || asText(tool['type'])) : [];
}

function specOf(tool: Body, custom: boolean): ToolSpec | undefined {
  if (!custom) return providedSpec(tool);
  return {
    kind: 'function',
    name: asText(tool['name']),
    description: asText(tool['description']),
    parameters: tool['input_schema'],
  };
}

function specsIn(body: Body): readonly ToolSpec[] {
  const custom = new Set(customTools(body));
  const specs = objectsIn(body['tools']).map((tool) => specOf(tool, custom.has(tool)));
  return specs.filter((spec) => spec !== undefined);
}

function toolChoice(choice: unknown): ToolChoice {
  if (!isBody(choice)) return 'auto';
  if (choice['type'] === 'any') return 'required';
  if (choice['type'] === 'none') return 'none';
  const name = choice['type'] === 'tool' ? asText(choice['name']) : '';
  return name === '' ? 'auto' : { name };
}

/** Structured output: `output_config.format`, or `output_format` of its beta. */
export function outputFormat({ output_config: config, output_format: older }: Body): Body | undefined {
  const format = isBody(config) ? (config['format'] ?? older) : older;
  return isBody(format) && format['type'] === 'json_schema' ? format : undefined;
}

function answerFormat(body: Body): AnswerFormat {
  const format = outputFormat(body);
  return format === undefined ? { kind: 'text' } : { kind: 'json_schema', schema: format['schema'] ?? {} };
}

/** A text with this word in it is refused, for tests of clients. */
const REFUSED = 'ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL';
const REFUSAL: ScriptedAnswer = { refusal: 'This request was refused to test the handling of refusals.' };

function scriptedFor(asked: string, { scripted }: DialectContext): ScriptedAnswer | undefined {
  return scripted ?? (asked.includes(REFUSED) ? REFUSAL : undefined);
}

/** What every dialect's request comes down to. `betas`: the header `anthropic-beta`. */
export function messagesPrompt(body: Body, model: string, context: DialectContext, betas = ''): Prompt {
  const turns = messageTurns(body, context.objects);
  const choice = body['tool_choice'];
  const facts = claudeFacts(model);
  const asked = withoutContext(lastUserText(turns));
  const thinking = thinkingOf(body, betas);
  return {
    model: generatingFacts(model, thinking.effort !== undefined),
    turns,
    asked,
    instructions: '',
    tools: specsIn(body),
    toolChoice: toolChoice(choice),
    parallelTools: !(isBody(choice) && choice['disable_parallel_tool_use'] === true),
    format: answerFormat(body),
    stop: stopWords(body['stop_sequences']),
    maxTokens: optionalInteger(body['max_tokens']),
    effort: thinking.effort,
    tag: context.tag,
    variation: facts.sampling ? variationOf(body, context) : context.variation,
    scripted: scriptedFor(asked, context),
  };
}
