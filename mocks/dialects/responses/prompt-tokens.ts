import { mediaTokens } from '../../generation/media.ts';
import type { ModelFacts, TokenFormulas } from '../../generation/models.ts';
import { addressTokens, compactInput, parallelText } from '../../generation/prompt-tokens/calls.ts';
import { customToolTokens } from '../../generation/prompt-tokens/custom-tool.ts';
import { functionBlock } from '../../generation/prompt-tokens/function-block.ts';
import { schemaBlock } from '../../generation/prompt-tokens/schema-block.ts';
import type { Prompt, TurnCall, Turn } from '../../generation/prompt.ts';
import type { Tokenizer } from '../../generation/tokenizer.ts';
import { asText, objectsIn } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { grammarOf } from '../requested-format.ts';
import { hostedToolTokens } from './hosted/tokens.ts';

type Count = (text: string) => number;

/** What the models of one kind add to the texts; measured on recorded requests, see docs/mock/tokens.md. */
interface Costs {
  readonly base: number;
  /** An assistant's text in the conversation. */
  readonly assistant: number;
  /** One call, beyond its address and arguments. */
  readonly call: number;
  /** A call that comes with the id of its item. */
  readonly callWithId: number;
  /** Several calls of one turn, beyond {@link parallelText}; undefined where each counts by itself. */
  readonly calls: number | undefined;
  /** A result, beyond its address and text. */
  readonly result: number;
}

const COSTS: Readonly<Record<TokenFormulas, Costs>> = {
  plain: { base: 3, assistant: 0, call: 6, callWithId: 3, calls: undefined, result: 3 },
  'o-series': { base: 2, assistant: 2, call: 12, callWithId: 0, calls: 16, result: 6 },
  'gpt-5': { base: 2, assistant: 2, call: 9, callWithId: 6, calls: 16, result: 6 },
  'gpt-5.1+': { base: 2, assistant: 2, call: 12, callWithId: 0, calls: 16, result: 6 },
};

/** With its role, which is one token. */
const MESSAGE_TOKENS = 4;
/** The mark of a text before calls. */
const COMMENTARY_TOKENS = 2;
const NAMED_CHOICE_TOKENS = 6;
const SEQUENTIAL_TOOLS_TOKENS = 78;
const PRO_TOKENS = 1531;
/** Reasoning that is read back, beyond its own tokens. */
const REASONING_TOKENS = 2;

interface Counting {
  readonly body: Body;
  readonly model: ModelFacts;
  readonly costs: Costs;
  readonly count: Count;
}

/** Models that think about one turn at a time forget it when the user speaks again. */
function readTurns(turns: readonly Turn[], model: ModelFacts): readonly Turn[] {
  if (model.reasoningContext === 'all_turns' || turns.every((turn) => turn.item?.['type'] !== 'reasoning'))
    return turns;
  const last = turns.findLastIndex((turn) => turn.role === 'user');
  return turns.filter((turn, at) => at > last || turn.item?.['type'] !== 'reasoning');
}

function callTokens(calls: readonly TurnCall[], { costs, count }: Counting): number {
  if (calls.length > 1 && costs.calls !== undefined) return costs.calls + count(parallelText(calls));
  return calls.reduce((sum, { name, input, withId }) => {
    const own = costs.call + (withId ? costs.callWithId : 0);
    // Models that do not reason read the arguments as they were sent.
    const read = count(costs.calls === undefined ? input : compactInput(input));
    return sum + own + addressTokens(name, count) + read;
  }, 0);
}

function turnTokens(turn: Turn, { model, costs, count }: Counting): number {
  const media = turn.media === undefined ? 0 : mediaTokens(turn.media, model.name, 'responses');
  if (turn.item?.['type'] === 'reasoning')
    return media + (model.reasoningContext === 'all_turns' ? REASONING_TOKENS : 0);
  const text = count(turn.read ?? turn.text);
  if (turn.isResult) return costs.result + addressTokens(turn.name ?? '', count) + text + media;
  const said = turn.role === 'assistant' && turn.item === undefined ? costs.assistant : 0;
  return MESSAGE_TOKENS + said + text + media + (turn.commentary ? COMMENTARY_TOKENS : 0);
}

function conversationTokens(turns: readonly Turn[], counting: Counting): number {
  let sum = 0;
  let calls: TurnCall[] = [];
  for (const turn of turns) {
    if (turn.call !== undefined) {
      calls.push(turn.call);
      continue;
    }
    sum += (calls.length > 0 ? callTokens(calls, counting) : 0) + turnTokens(turn, counting);
    calls = [];
  }
  return sum + (calls.length > 0 ? callTokens(calls, counting) : 0);
}

function functionTokens(tools: readonly Body[], { body, model, count }: Counting): number {
  const functions = tools.filter((tool) => tool['type'] === 'function');
  const [first] = functions;
  if (first === undefined) return 0;
  const block = functionBlock(
    functions.map(({ name, description, parameters }) => ({
      name: asText(name),
      description: asText(description),
      parameters,
    })),
  );
  if (!model.reasoning) return count(block) - 3;
  const undescribed = asText(first['description']).trim() === '' ? 1 : 0;
  const sequential = body['parallel_tool_calls'] === false ? SEQUENTIAL_TOOLS_TOKENS : 0;
  return count(block) + 3 - undescribed + sequential;
}

function toolTokens(counting: Counting): number {
  const { body, model, count } = counting;
  if (!Array.isArray(body['tools'])) return 0;
  const tools = objectsIn(body['tools']);
  const custom = tools.filter((tool) => tool['type'] === 'custom');
  const customs = custom.map(({ name, description, format }) => ({
    name: asText(name),
    description: asText(description),
    grammar: grammarOf(format),
  }));
  return functionTokens(tools, counting) + customToolTokens(customs, count) + hostedToolTokens(tools, model, count);
}

/** The function that the request wants to be called: models that do not reason get the call's head with their prompt. */
export function headOfCall(body: Body, model: ModelFacts): string | undefined {
  if (model.reasoning) return undefined;
  const { tool_choice: choice } = body;
  if (isBody(choice)) return choice['type'] === 'function' ? asText(choice['name']) : undefined;
  const tools = objectsIn(body['tools']);
  const [only] = tools;
  return choice === 'required' && tools.length === 1 && only?.['type'] === 'function'
    ? asText(only['name'])
    : undefined;
}

function formatTokens({ body, model, count }: Counting): number {
  const format = isBody(body['text']) ? body['text']['format'] : undefined;
  if (!isBody(format) || format['type'] !== 'json_schema') return 0;
  const { name, description, schema } = format;
  const block = schemaBlock({ name: asText(name), description: asText(description), schema });
  return count(block) + (model.reasoning ? 0 : 1);
}

/** Tokens of a Responses request's prompt, by the formulas of docs/mock/tokens.md. */
export function inputTokens({ model, turns, instructions }: Prompt, body: Body, tokenizer: Tokenizer): number {
  const count: Count = (text) => tokenizer.count(text, model.encoding);
  const counting = { body, model, costs: COSTS[model.formulas], count };
  const head = headOfCall(body, model);
  return (
    counting.costs.base +
    (instructions === '' ? 0 : MESSAGE_TOKENS + count(instructions)) +
    conversationTokens(readTurns(turns, model), counting) +
    toolTokens(counting) +
    formatTokens(counting) +
    (head === undefined ? 0 : NAMED_CHOICE_TOKENS + addressTokens(head, count)) +
    (isBody(body['reasoning']) && body['reasoning']['mode'] === 'pro' ? PRO_TOKENS : 0)
  );
}
