import { unsupportedChoice } from '../refusals/sentences.ts';
import { modelFacts } from '../generation/models.ts';
import { embeddingVector } from '../generation/vectors.ts';
import { badRequest, refuse } from './errors.ts';
import { legacyHeaders, rateLimitHeaders, successHeaders } from './headers.ts';
import { float, pretty, quote } from './json.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply } from './reply.ts';
import type { ScriptedAnswer } from '../generation/script.ts';
import type { Body, FieldRule } from './validate.ts';
import { checkedBody, refusedField } from './validate.ts';

const DIMENSIONS: Readonly<Record<string, number>> = { 'text-embedding-3-large': 3072 };
const USUAL_DIMENSIONS = 1536;
const INPUTS_MOST = 2048;

const RULES: readonly FieldRule[] = [
  { name: 'dimensions', expected: 'an integer', least: 1 },
  { name: 'encoding_format', expected: 'a string' },
  { name: 'user', expected: 'a string' },
];

const isTokens = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => Number.isInteger(item));

/** A text or its tokens. */
type Input = string | readonly number[];

function inputsOf(input: unknown): readonly Input[] | undefined {
  if (typeof input === 'string') return [input];
  if (isTokens(input)) return [input];
  if (!Array.isArray(input) || input.length === 0 || input.length > INPUTS_MOST) return undefined;
  return input.every((item) => (typeof item === 'string' && item !== '') || isTokens(item))
    ? (input as Input[])
    : undefined;
}

function vectorJson(vector: Float32Array | readonly number[], base64: boolean): string {
  if (base64) return `"${Buffer.from(Float32Array.from(vector).buffer).toString('base64')}"`;
  return `[${Array.from(vector, float).join(',')}]`;
}

function refusedInput(
  body: Body,
  inputs: readonly Input[] | undefined,
  context: DialectContext,
): JsonReply | undefined {
  const refused = refusedField(body, RULES, context);
  if (refused) return refused;
  if (!inputs)
    return badRequest(
      context,
      "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
    );
  const format = body['encoding_format'] ?? 'float';
  if (format === 'float' || format === 'base64') return undefined;
  return refuse(context, unsupportedChoice('encoding_format', format, ['float', 'base64']));
}

/** The vectors of a rule, one an input; one alone is that of every input. */
export function scriptedVectors(embedding: ScriptedAnswer['embedding'] = []): readonly (readonly number[])[] {
  const [first] = embedding;
  return typeof first === 'number' ? [embedding as readonly number[]] : (embedding as readonly (readonly number[])[]);
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const checked = checkedBody(request.body, context, 'chat', ['input']);
  if ('refused' in checked) return checked.refused;
  const { body, model } = checked;
  const inputs = inputsOf(body['input']);
  const refused = refusedInput(body, inputs, context);
  if (refused || !inputs) return refused ?? badRequest(context, 'Missing input.');

  const { snapshot } = modelFacts(model);
  const dimensions =
    typeof body['dimensions'] === 'number' ? body['dimensions'] : (DIMENSIONS[model] ?? USUAL_DIMENSIONS);
  const base64 = body['encoding_format'] === 'base64';
  const scripted = scriptedVectors(context.scripted?.embedding);
  const data = inputs.map((input, index) => {
    const text = typeof input === 'string' ? input : context.tokenizer.decode(input, 'cl100k_base');
    const vector = scripted.at(Math.min(index, scripted.length - 1)) ?? embeddingVector(text, snapshot, dimensions);
    return `{"object":"embedding","index":${index},"embedding":${vectorJson(vector, base64)}}`;
  });
  const tokens = inputs.reduce(
    (sum, input) => sum + (typeof input === 'string' ? context.tokenizer.count(input, 'cl100k_base') : input.length),
    0,
  );
  const text =
    `{"object":"list","data":[${data.join(',')}],"model":${quote(snapshot)},` +
    `"usage":{"prompt_tokens":${tokens},"total_tokens":${tokens}}}`;
  const headers = successHeaders(context, 'application/json', [
    ...legacyHeaders(context, snapshot),
    ...rateLimitHeaders(tokens),
  ]);
  return {
    kind: 'json',
    status: 200,
    headers,
    body: `${pretty(text)}\n`,
    tokens: 0,
    billed: { input: tokens, output: 0 },
  };
}

export const embeddings: Operation = { id: 'embeddings', method: 'POST', path: '/v1/embeddings', handle: create };
