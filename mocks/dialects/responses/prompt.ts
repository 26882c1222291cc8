import { modelFacts } from '../../generation/models.ts';
import type { AnswerFormat, Prompt, ToolChoice, ToolSpec, Turn } from '../../generation/prompt.ts';
import { lastUserText } from '../../generation/prompt.ts';
import type { Tokenizer } from '../../generation/tokenizer.ts';
import { asText, contentText, objectsIn, optionalInteger } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

function toolSpecs(body: Body): readonly ToolSpec[] {
  return objectsIn(body['tools']).flatMap((tool): readonly ToolSpec[] => {
    const name = asText(tool['name']);
    if (tool['type'] === 'function') return [{ kind: 'function', name, parameters: tool['parameters'] }];
    return tool['type'] === 'custom' ? [{ kind: 'custom', name, parameters: undefined }] : [];
  });
}

function allowedTools(choice: unknown, tools: readonly ToolSpec[]): readonly ToolSpec[] {
  if (!isBody(choice) || choice['type'] !== 'allowed_tools') return tools;
  const names = new Set(objectsIn(choice['tools']).map((tool) => tool['name']));
  return tools.filter((tool) => names.has(tool.name));
}

function toolChoice(choice: unknown): ToolChoice {
  const mode = isBody(choice) && choice['type'] === 'allowed_tools' ? choice['mode'] : choice;
  if (mode === 'none' || mode === 'required') return mode;
  const name = isBody(mode) ? asText(mode['name']) : '';
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
    asked: lastUserText(turns),
    instructions: instructionsText(body['instructions']),
    tools: allowedTools(body['tool_choice'], toolSpecs(body)),
    toolChoice: toolChoice(body['tool_choice']),
    parallelTools: body['parallel_tool_calls'] !== false,
    format: answerFormat(body['text']),
    stop: [],
    maxTokens: optionalInteger(body['max_output_tokens']),
    effort: asText(reasoning['effort']) || undefined,
    tag: context.tag,
    scripted: context.scripted,
  };
}

/** 3 for the whole, and 4 with its content for each turn and for the instructions; reasoning models one less. */
export function inputTokens(prompt: Prompt, body: Body, tokenizer: Tokenizer): number {
  const count = (text: string): number => tokenizer.count(text, prompt.model.encoding);
  const instructions = prompt.instructions === '' ? 0 : 4 + count(prompt.instructions);
  const tools = Array.isArray(body['tools']) && body['tools'].length > 0 ? count(json(body['tools'])) : 0;
  const turns = prompt.turns.reduce((sum, turn) => sum + 4 + count(turn.text), 0);
  return 3 + turns + instructions + tools - Number(prompt.model.reasoning);
}
