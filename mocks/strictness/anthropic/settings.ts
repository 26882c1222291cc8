import type { Fields } from '../walk.ts';
import { isObject } from '../walk.ts';
import type { Check, Facts } from './facts.ts';
import { blocksIn } from './facts.ts';

const CONSULT =
  'Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking';
const SAMPLING = ['temperature', 'top_p', 'top_k'] as const;
const MOST_MARKS = 4;

const given = (value: unknown): boolean => value !== undefined && value !== null;
const toolsIn = (body: Fields): readonly Fields[] =>
  Array.isArray(body['tools']) ? body['tools'].filter(isObject) : [];

function thinkingType({ body: { thinking } }: Facts): unknown {
  return isObject(thinking) ? thinking['type'] : undefined;
}

const thinks = (facts: Facts): boolean => ['enabled', 'adaptive'].includes(String(thinkingType(facts)));

function sampling({ body, model }: Facts): string | undefined {
  const name = model.sampling ? undefined : SAMPLING.find((one) => given(body[one]));
  return name === undefined ? undefined : `\`${name}\` is deprecated for this model.`;
}

function tooManyTokens({ body: { max_tokens: most }, model }: Facts): string | undefined {
  if (typeof most !== 'number' || most <= model.maxOutput) return undefined;
  return `max_tokens: ${most} > ${model.maxOutput}, which is the maximum allowed number of output tokens for ${model.snapshot}`;
}

function thinkingKind(facts: Facts): string | undefined {
  const { model } = facts;
  const type = thinkingType(facts);
  if (type === 'enabled' && !model.enabledThinking) {
    return '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
  }
  return type === 'adaptive' && !model.adaptiveThinking
    ? 'adaptive thinking is not supported on this model'
    : undefined;
}

function thinkingBudget({ body }: Facts): string | undefined {
  const { thinking, max_tokens: most } = body;
  const budget = isObject(thinking) ? thinking['budget_tokens'] : undefined;
  if (typeof budget !== 'number' || typeof most !== 'number' || most > budget) return undefined;
  return `\`max_tokens\` must be greater than \`thinking.budget_tokens\`. ${CONSULT}#max-tokens-and-context-window-size`;
}

function thinkingWithSampling(facts: Facts): string | undefined {
  const { temperature } = facts.body;
  if (!thinks(facts) || !given(temperature) || temperature === 1) return undefined;
  const mode = thinkingType(facts) === 'adaptive' ? ' or in adaptive mode' : '';
  return `\`temperature\` may only be set to 1 when thinking is enabled${mode}. ${CONSULT}#important-considerations-when-using-extended-thinking`;
}

function thinkingWithForce(facts: Facts): string | undefined {
  const { tool_choice: choice } = facts.body;
  const forces = isObject(choice) && (choice['type'] === 'any' || choice['type'] === 'tool');
  return forces && thinks(facts) ? 'Thinking may not be enabled when tool_choice forces tool use.' : undefined;
}

function effort({ body, model }: Facts): string | undefined {
  const config = body['output_config'];
  const asked = isObject(config) ? config['effort'] : undefined;
  if (!given(asked) || model.efforts.includes(String(asked))) return undefined;
  if (model.efforts.length === 0) return 'This model does not support the effort parameter.';
  const supported = model.efforts.toSorted().join(', ');
  return `This model does not support effort level '${String(asked)}'. Supported levels: ${supported}.`;
}

function toolNames({ body }: Facts): string | undefined {
  const names = toolsIn(body).map(({ name }) => name);
  return new Set(names).size < names.length ? 'tools: Tool names must be unique.' : undefined;
}

function toolChoice({ body }: Facts): string | undefined {
  const { tool_choice: choice } = body;
  if (!isObject(choice)) return undefined;
  const tools = toolsIn(body);
  if (tools.length === 0) return 'tool_choice: tool_choice may only be specified while providing tools';
  const { type, name } = choice;
  if (type !== 'tool' || tools.some((tool) => tool['name'] === name)) return undefined;
  return `Tool '${String(name)}' not found in provided tools`;
}

function stopSequences({ body }: Facts): string | undefined {
  const { stop_sequences: stop } = body;
  const blank = Array.isArray(stop) && stop.some((word) => typeof word === 'string' && word.trim() === '');
  return blank ? 'stop_sequences: each stop sequence must contain non-whitespace' : undefined;
}

function cacheMarks({ body, messages }: Facts): string | undefined {
  const blocks = [
    ...toolsIn(body),
    ...blocksIn(body['system']),
    ...messages.flatMap(({ content }) => blocksIn(content)),
  ];
  const marks = blocks.filter((block) => given(block['cache_control'])).length + (given(body['cache_control']) ? 1 : 0);
  return marks > MOST_MARKS ? `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.` : undefined;
}

function tooLong({ model, surroundings }: Facts): string | undefined {
  const tokens = surroundings.promptTokens();
  return tokens > model.window ? `prompt is too long: ${tokens} tokens > ${model.window} maximum` : undefined;
}

/** What is asked of the settings, in the order in which it is checked. */
export const SETTING_CHECKS: readonly Check[] = [
  sampling,
  tooManyTokens,
  thinkingKind,
  thinkingBudget,
  thinkingWithSampling,
  thinkingWithForce,
  effort,
  toolNames,
  toolChoice,
  stopSequences,
  cacheMarks,
];

/** Asked last: it counts the prompt. */
export const LENGTH_CHECK: Check = tooLong;
