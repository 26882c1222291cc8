import type { Generation } from './generate.ts';
import type { TokenFormulas } from './models.ts';
import { addressTokens, parallelText } from './prompt-tokens/calls.ts';
import type { Prompt } from './prompt.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Where an answer goes, as far as its tokens depend on it. */
export interface OutputWire {
  readonly protocol: 'chat' | 'responses';
  /** The answer has a reasoning item. */
  readonly reasoned: boolean;
  /** The head of the only call stood in the prompt already. */
  readonly headInPrompt: boolean;
}

/** What chat adds to every answer. */
const CHAT_TOKENS: Readonly<Record<TokenFormulas, number>> = { plain: 0, 'o-series': 11, 'gpt-5': 9, 'gpt-5.1+': 3 };
const CALL_TOKENS = 6;
const CALLS_TOKENS = 10;
/** Oldest models wrap one call as others wrap several. */
const OLD_CALL_TOKENS: readonly (readonly [RegExp, number])[] = [
  [/^gpt-3\.5/, 18],
  [/^gpt-4(?:-0613)?$/, 3],
];

/** A text before calls, in Responses of models that reason. */
const COMMENTARY_TOKENS = 8;

function wireTokens({ model }: Prompt, { protocol, reasoned }: OutputWire): number {
  if (protocol === 'chat') return CHAT_TOKENS[model.formulas];
  if (!model.reasoning) return 1;
  return reasoned ? 6 : 4;
}

/** Tokens beyond the words of a text. */
function textTokens({ model, tools, format }: Prompt, { refusal }: Generation): number {
  const offered = tools.length > 0 ? 1 : 0;
  if (format.kind === 'json_schema' && refusal === undefined) return model.reasoning ? 4 : 5 * offered;
  return model.reasoning ? 0 : Math.max(offered, refusal === undefined ? 0 : 1);
}

/** Output tokens of an answer without its reasoning, by the formulas of docs/mock/tokens.md. */
export function outputTokens(prompt: Prompt, answer: Generation, wire: OutputWire, tokenizer: Tokenizer): number {
  const count = (text: string): number => tokenizer.count(text, prompt.model.encoding);
  const { calls, text, refusal } = answer;
  const said = text ?? refusal;
  const words = wireTokens(prompt, wire) + count(said ?? '');
  const [call] = calls;
  if (call === undefined) return words + (said === undefined ? 0 : textTokens(prompt, answer));
  const commented = said !== undefined && wire.protocol === 'responses' && prompt.model.reasoning;
  const before = words + (commented ? COMMENTARY_TOKENS : 0);
  if (calls.length > 1) return before + CALLS_TOKENS + count(parallelText(calls));
  if (wire.headInPrompt) return before + count(call.input);
  const old = OLD_CALL_TOKENS.find(([pattern]) => pattern.test(prompt.model.name))?.[1] ?? 0;
  return before + CALL_TOKENS + old + addressTokens(call.name, count) + count(call.input);
}
