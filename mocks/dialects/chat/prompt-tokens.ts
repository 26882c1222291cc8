import { mediaTokens } from '../../generation/media.ts';
import type { ModelFacts, TokenFormulas } from '../../generation/models.ts';
import type { CountedCall } from '../../generation/prompt-tokens/calls.ts';
import { addressTokens, compactInput, parallelText } from '../../generation/prompt-tokens/calls.ts';
import { customToolTokens } from '../../generation/prompt-tokens/custom-tool.ts';
import { functionBlock } from '../../generation/prompt-tokens/function-block.ts';
import { schemaBlock } from '../../generation/prompt-tokens/schema-block.ts';
import type { Prompt } from '../../generation/prompt.ts';
import type { Tokenizer } from '../../generation/tokenizer.ts';
import { asText, joinedText, objectsIn } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { grammarOf } from '../requested-format.ts';

type Count = (text: string) => number;

/** What the models of one kind add to the texts; measured on recorded requests, see docs/mock/tokens.md. */
interface Costs {
  readonly base: number;
  /** An assistant's text in the conversation. */
  readonly assistant: number;
  /** Tools, beyond what models that do not reason pay for them. */
  readonly tools: number;
  /** A custom tool. */
  readonly custom: number;
  /** One call alone, beyond its address and arguments; with its result where `results` is undefined. */
  readonly call: number;
  /** Several calls of one turn, beyond {@link parallelText}. */
  readonly calls: number;
  /** A result, beyond its address and text; undefined where results are counted with their calls. */
  readonly result: number | undefined;
}

const COSTS: Readonly<Record<TokenFormulas, Costs>> = {
  plain: { base: 3, assistant: 0, tools: 0, custom: 0, call: 12, calls: 16, result: undefined },
  'o-series': { base: 2, assistant: 0, tools: 1, custom: 7, call: 12, calls: 16, result: undefined },
  'gpt-5': { base: 2, assistant: 2, tools: 85, custom: 7, call: 13, calls: 6, result: 3 },
  'gpt-5.1+': { base: 2, assistant: 2, tools: 85, custom: 7, call: 14, calls: 18, result: 3 },
};

const MESSAGE_TOKENS = 3;
/** Beside a schema, an assistant's text costs so much more. */
const ASSISTANT_WITH_SCHEMA_TOKENS = 4;
const NAMED_CHOICE_TOKENS = 6;

interface Counting {
  readonly body: Body;
  readonly model: ModelFacts;
  readonly costs: Costs;
  readonly count: Count;
  readonly schema: Body | undefined;
}

function schemaOf(format: unknown): Body | undefined {
  const schema = isBody(format) && format['type'] === 'json_schema' ? format['json_schema'] : undefined;
  return isBody(schema) ? schema : undefined;
}

/** Tokens that a block adds which is written behind the first system message, or stands alone. */
function blockTokens({ body, count }: Counting, block: string, behind: number, alone: number): number {
  const system = objectsIn(body['messages']).find(({ role }) => role === 'system' || role === 'developer');
  if (system === undefined) return count(block) + alone;
  const text = joinedText(system['content']);
  return count(`${text}\n\n${block}`) - count(text) + behind;
}

function definitionTokens(counting: Counting): number {
  const { body, model, costs, count, schema } = counting;
  const tools = objectsIn(body['tools']);
  const functions = [...tools.map((tool) => tool['function']), ...objectsIn(body['functions'])].filter(isBody);
  const custom = tools.map((tool) => tool['custom']).filter(isBody);
  const written = functionBlock(
    functions.map(({ name, description, parameters }) => ({
      name: asText(name),
      description: asText(description),
      parameters,
    })),
  );
  const format =
    schema &&
    schemaBlock({
      name: asText(schema['name']),
      description: asText(schema['description']),
      schema: schema['schema'],
    });
  const customs = customToolTokens(
    custom.map(({ name, description, format: grammar }) => ({
      name: asText(name),
      description: asText(description),
      grammar: grammarOf(grammar),
    })),
    count,
  );
  const beyond = customs + costs.custom * custom.length + (functions.length + custom.length > 0 ? costs.tools : 0);
  if (written !== '') {
    return blockTokens(counting, format === undefined ? written : `${written}\n\n${format}`, -1, 3) + beyond;
  }
  if (format === undefined) return beyond;
  const name = model.reasoning ? 0 : 2 + count(asText(schema?.['name']));
  return name + blockTokens(counting, format, 0, 4) + beyond;
}

/** The function that the request wants to be called: models that do not reason get the call's head with their prompt. */
function headOfCall(body: Body, model: ModelFacts): string | undefined {
  const choice = body['tool_choice'] ?? body['function_call'];
  if (model.reasoning || !isBody(choice)) return undefined;
  const named = isBody(choice['function']) ? choice['function'] : choice;
  return asText(named['name']) || undefined;
}

export const hasNamedChoice = (body: Body, model: ModelFacts): boolean => headOfCall(body, model) !== undefined;

function choiceTokens({ body, model, count }: Counting): number {
  const name = headOfCall(body, model);
  return name === undefined ? 0 : NAMED_CHOICE_TOKENS + addressTokens(name, count);
}

interface IdentifiedCall extends CountedCall {
  readonly id: string;
}

function callsOf(message: Body): readonly IdentifiedCall[] {
  const calls = objectsIn(message['tool_calls']).flatMap((call) => {
    const made = isBody(call['function']) ? call['function'] : call['custom'];
    if (!isBody(made)) return [];
    const input = asText(made['arguments']) || asText(made['input']);
    return [{ id: asText(call['id']), name: asText(made['name']), input }];
  });
  const legacy = message['function_call'];
  if (!isBody(legacy)) return calls;
  const name = asText(legacy['name']);
  return [...calls, { id: resultId({ role: 'function', name }), name, input: asText(legacy['arguments']) }];
}

/** Legacy functions answer by their name. */
function resultId(message: Body): string {
  return message['role'] === 'function' ? `function ${asText(message['name'])}` : asText(message['tool_call_id']);
}

const isResult = ({ role }: Body): boolean => role === 'tool' || role === 'function';

function callTokens(
  calls: readonly IdentifiedCall[],
  results: ReadonlyMap<string, string>,
  counting: Counting,
): number {
  const { costs, count } = counting;
  const together = costs.result === undefined;
  const texts = calls.map(({ id }) => results.get(id)).filter((text) => text !== undefined);
  if (calls.length > 1) {
    const answers = together && texts.length > 0 ? count(JSON.stringify(texts, null, 2)) : 0;
    return costs.calls + count(parallelText(calls)) + answers;
  }
  const [{ name, input } = { name: '', input: '' }] = calls;
  const answer = together ? count(name) + count(texts[0] ?? '') : 0;
  return costs.call + addressTokens(name, count) + count(compactInput(input)) + answer;
}

function nameTokens({ name, role }: Body, count: Count): number {
  if (typeof name !== 'string' || name === '') return 0;
  return name === role ? 1 : 1 + count(name);
}

/** What the messages that follow answer to a message's calls, by the id of the call. */
function resultsAfter(messages: readonly Body[], at: number): ReadonlyMap<string, string> {
  const results = new Map<string, string>();
  for (let next = at + 1; next < messages.length; next += 1) {
    const message = messages[next];
    if (message === undefined || !isResult(message)) break;
    results.set(resultId(message), joinedText(message['content']));
  }
  return results;
}

/** Results that belong to a call; without one they are messages. */
function resultTokens(message: Body, name: string | undefined, { costs, count }: Counting): number {
  const text = count(joinedText(message['content']));
  if (name === undefined) return MESSAGE_TOKENS + 1 + text;
  return costs.result === undefined ? 0 : costs.result + addressTokens(name, count) + text;
}

/** Tokens of the conversation, without pictures and sounds. */
function messageTokens(counting: Counting): number {
  const { body, costs, count, schema } = counting;
  const messages = objectsIn(body['messages']);
  /** Names by the ids of the calls so far: an id may come again. */
  const called = new Map<string, string>();
  const said = costs.assistant + (schema === undefined ? 0 : ASSISTANT_WITH_SCHEMA_TOKENS);
  const plain = (message: Body, text: string): number =>
    MESSAGE_TOKENS + count(asText(message['role'])) + count(text) + nameTokens(message, count);
  return messages.reduce((sum, message, at) => {
    if (isResult(message)) return sum + resultTokens(message, called.get(resultId(message)), counting);
    const calls = callsOf(message);
    const text = joinedText(message['content']) || asText(message['refusal']);
    if (calls.length === 0) return sum + plain(message, text) + (message['role'] === 'assistant' ? said : 0);
    for (const { id, name } of calls) called.set(id, name);
    // Text beside calls is a message of its own.
    const beside = text === '' ? 0 : plain(message, text) + said;
    return sum + callTokens(calls, resultsAfter(messages, at), counting) + beside;
  }, 0);
}

/** Tokens of a chat request's prompt, by the formulas of docs/mock/tokens.md. */
export function chatPromptTokens({ model, turns }: Prompt, body: Body, tokenizer: Tokenizer): number {
  const costs = COSTS[model.formulas];
  const count: Count = (text) => tokenizer.count(text, model.encoding);
  const counting = { body, model, costs, count, schema: schemaOf(body['response_format']) };
  const media = turns.reduce((sum, turn) => sum + (turn.media ? mediaTokens(turn.media, model.name, 'chat') : 0), 0);
  return costs.base + messageTokens(counting) + definitionTokens(counting) + choiceTokens(counting) + media;
}
