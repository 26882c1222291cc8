import { tokenBias } from '../../generation/logit-bias.ts';
import { modelFacts } from '../../generation/models.ts';
import type { AnswerFormat, Prompt, ToolChoice, ToolSpec, Turn } from '../../generation/prompt.ts';
import { lastUserText } from '../../generation/prompt.ts';
import { withoutContext } from '../../generation/question/context-blocks.ts';
import { asText, contentText, objectsIn, optionalInteger } from '../content.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { grammarOf, variationOf, verbosityOf } from '../requested-format.ts';
import { hostedName, hostedSpec } from './hosted/table.ts';

function toolSpecs(body: Body, context: DialectContext): readonly ToolSpec[] {
  return objectsIn(body['tools']).flatMap((tool): readonly ToolSpec[] => {
    const name = asText(tool['name']);
    const description = asText(tool['description']);
    if (tool['type'] === 'function') return [{ kind: 'function', name, description, parameters: tool['parameters'] }];
    if (tool['type'] === 'custom')
      return [{ kind: 'custom', name, description, parameters: undefined, grammar: grammarOf(tool['format']) }];
    const hosted = hostedSpec(tool, context.objects);
    return hosted ? [hosted] : [];
  });
}

/** Functions and custom tools go by their name, hosted tools by their type. */
function chosenName(tool: Body): string {
  const type = tool['type'];
  return type === 'function' || type === 'custom' ? asText(tool['name']) : hostedName(tool);
}

function allowedTools(choice: unknown, tools: readonly ToolSpec[]): readonly ToolSpec[] {
  if (!isBody(choice) || choice['type'] !== 'allowed_tools') return tools;
  const names = new Set(objectsIn(choice['tools']).map(chosenName));
  return tools.filter((tool) => names.has(tool.name));
}

function toolChoice(choice: unknown): ToolChoice {
  const mode = isBody(choice) && choice['type'] === 'allowed_tools' ? choice['mode'] : choice;
  if (mode === 'none' || mode === 'required') return mode;
  const name = isBody(mode) ? chosenName(mode) : '';
  return name === '' ? 'auto' : { name };
}

function answerFormat(text: unknown): AnswerFormat {
  const format = isBody(text) ? text['format'] : undefined;
  if (!isBody(format)) return { kind: 'text' };
  if (format['type'] === 'json_schema') return { kind: 'json_schema', schema: format['schema'] ?? {} };
  return { kind: format['type'] === 'json_object' ? 'json_object' : 'text' };
}

export function instructionsText(instructions: unknown): string {
  if (typeof instructions === 'string') return instructions;
  return objectsIn(instructions)
    .map((item) => contentText(item['content']))
    .join('\n');
}

export function responsesPrompt(body: Body, model: string, turns: readonly Turn[], context: DialectContext): Prompt {
  const reasoning = isBody(body['reasoning']) ? body['reasoning'] : {};
  return {
    model: modelFacts(model),
    turns,
    asked: withoutContext(lastUserText(turns)),
    instructions: instructionsText(body['instructions']),
    tools: allowedTools(body['tool_choice'], toolSpecs(body, context)),
    toolChoice: toolChoice(body['tool_choice']),
    parallelTools: body['parallel_tool_calls'] !== false,
    format: answerFormat(body['text']),
    stop: [],
    maxTokens: optionalInteger(body['max_output_tokens']),
    effort: asText(reasoning['effort']) || undefined,
    verbosity: verbosityOf(isBody(body['text']) ? body['text']['verbosity'] : undefined),
    bias: tokenBias(body['logit_bias']),
    tag: context.tag,
    variation: variationOf(body, context),
    scripted: context.scripted,
  };
}
