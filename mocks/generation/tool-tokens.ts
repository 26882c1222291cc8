import type { ModelFacts } from './models.ts';
import type { Tokenizer } from './tokenizer.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A function as a request defines it, without what `chat` and Responses wrap it in. */
export interface CountedFunction {
  readonly name: string;
  readonly description: string;
  readonly parameters: unknown;
}

// The provider's cookbook ("How to count tokens with tiktoken", tools): what a function, its properties and enumerations cost besides their words.
const FUNCTION_TOKENS = { o200k_base: 7, cl100k_base: 10 };
const PROPERTIES_TOKENS = 3;
const PROPERTY_TOKENS = 3;
const ENUMERATION_TOKENS = -3;
const VALUE_TOKENS = 3;
const END_TOKENS = 12;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

const words = (value: unknown): string => (typeof value === 'string' ? value.replace(/\.$/, '') : '');

/** Tokens of function definitions; 0 for none. */
export function functionTokens(functions: readonly CountedFunction[], model: ModelFacts, tokenizer: Tokenizer): number {
  if (functions.length === 0) return 0;
  const count = (text: string): number => tokenizer.count(text, model.encoding);
  const property = ([name, schema]: [string, unknown]): number => {
    const { type, description, enum: values } = fieldsOf(schema);
    const listed = Array.isArray(values) ? values : undefined;
    const enumeration = listed
      ? listed.reduce<number>((sum, value) => sum + VALUE_TOKENS + count(String(value)), ENUMERATION_TOKENS)
      : 0;
    return PROPERTY_TOKENS + enumeration + count(`${name}:${String(type)}:${words(description)}`);
  };
  const each = functions.map(({ name, description, parameters }) => {
    const properties = Object.entries(fieldsOf(fieldsOf(parameters)['properties']));
    const described = properties.reduce(
      (sum, entry) => sum + property(entry),
      properties.length > 0 ? PROPERTIES_TOKENS : 0,
    );
    return FUNCTION_TOKENS[model.encoding] + count(`${name}:${words(description)}`) + described;
  });
  return each.reduce((sum, tokens) => sum + tokens, END_TOKENS);
}
