import { generate } from '../generation/generate.ts';
import { tokenBias } from '../generation/logit-bias.ts';
import { modelFacts } from '../generation/models.ts';
import type { Prompt } from '../generation/prompt.ts';
import { stopWords } from './chat/prompt.ts';
import type { Choice } from './completion-choices.ts';
import { choiceChunks, choiceJson, choiceOf } from './completion-choices.ts';
import { asText, optionalInteger } from './content.ts';
import { legacyHeaders, rateLimitHeaders, successHeaders } from './headers.ts';
import { pretty, quote } from './json.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StreamEvent } from './reply.ts';
import { variationOf } from './requested-format.ts';
import type { Body, FieldRule } from './validate.ts';
import { checkedBody, isBody, refusedField, wrongType } from './validate.ts';

/** The provider's default; longer answers end with `length`. */
const USUAL_MAX_TOKENS = 16;

const RULES: readonly FieldRule[] = [
  { name: 'temperature', expected: 'a decimal', least: 0, most: 2 },
  { name: 'top_p', expected: 'a decimal', least: 0, most: 1 },
  { name: 'n', expected: 'an integer', least: 1, most: 128 },
  { name: 'max_tokens', expected: 'an integer', least: 0 },
  { name: 'stream', expected: 'a boolean' },
  { name: 'stream_options', expected: 'an object' },
  { name: 'stop', expected: 'one of a string or array of strings' },
  { name: 'echo', expected: 'a boolean' },
  { name: 'logprobs', expected: 'an integer', least: 0, most: 5 },
  { name: 'best_of', expected: 'an integer', least: 0, most: 20 },
  { name: 'suffix', expected: 'a string' },
  { name: 'user', expected: 'a string' },
];

/** One prompt a text; token arrays are read back with the model's vocabulary. */
function promptTexts(prompt: unknown, read: (ids: readonly number[]) => string): readonly string[] | undefined {
  if (prompt === undefined || prompt === null) return ['<|endoftext|>'];
  if (typeof prompt === 'string') return [prompt];
  if (!Array.isArray(prompt) || prompt.length === 0) return undefined;
  if (prompt.every((item) => typeof item === 'string')) return prompt;
  if (prompt.every((item) => typeof item === 'number')) return [read(prompt)];
  return prompt.every((item) => Array.isArray(item)) ? prompt.map((item: number[]) => read(item)) : undefined;
}

function completionPrompt(text: string, model: string, body: Body, context: DialectContext): Prompt {
  return {
    model: modelFacts(model),
    turns: [{ role: 'user', text }],
    asked: text,
    instructions: '',
    tools: [],
    toolChoice: 'none',
    parallelTools: false,
    format: { kind: 'text' },
    stop: stopWords(body['stop']),
    maxTokens: optionalInteger(body['max_tokens']) ?? USUAL_MAX_TOKENS,
    effort: 'none',
    bias: tokenBias(body['logit_bias']),
    tag: context.tag,
    variation: variationOf(body, context),
    scripted: context.scripted,
  };
}

interface Frame {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly usage: string;
}

function events(choices: readonly Choice[], frame: Frame, includeUsage: boolean): readonly StreamEvent[] {
  const head = `data: {"id":"${frame.id}","object":"text_completion","created":${frame.created},"choices":[`;
  const tail = (usage: string): string =>
    `],"model":${quote(frame.model)}${includeUsage ? `,"usage":${usage}` : ''}}\n\n`;
  const perChoice = choices.map(choiceChunks);
  const made: StreamEvent[] = [];
  for (let at = 0; at < Math.max(...perChoice.map((chunks) => chunks.length)); at += 1) {
    for (const chunks of perChoice) {
      const chunk = chunks[at];
      const last = at === chunks.length - 1;
      if (chunk === undefined) continue;
      made.push({ bytes: `${head}${chunk}${tail('null')}`, kind: last ? 'close' : 'content', tokens: last ? 0 : 1 });
    }
  }
  if (includeUsage) made.push({ bytes: `${head}${tail(frame.usage)}`, kind: 'close', tokens: 0 });
  return [...made, { bytes: 'data: [DONE]\n\n', kind: 'close', tokens: 0 }];
}

/** `best_of` answers are made and billed for each prompt, `n` of them are returned. */
function choicesOf(texts: readonly string[], model: string, body: Body, context: DialectContext) {
  const { encoding } = modelFacts(model);
  const { tokenizer } = context;
  const n = optionalInteger(body['n']) ?? 1;
  const bestOf = Math.max(n, optionalInteger(body['best_of']) ?? 1);
  const requested = { echo: body['echo'] === true, top: optionalInteger(body['logprobs']), encoding, tokenizer };
  const made = texts.map((prompt) =>
    choiceOf(generate(completionPrompt(prompt, model, body, context), tokenizer), { ...requested, prompt }),
  );
  return {
    choices: made.flatMap((choice) => Array.from({ length: n }, () => choice)),
    tokens: made.reduce((sum, choice) => sum + choice.tokens * bestOf, 0),
  };
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const checked = checkedBody(request.body, context, 'chat', []);
  if ('refused' in checked) return checked.refused;
  const { body, model } = checked;
  const refused = refusedField(body, RULES, context);
  if (refused) return refused;
  const texts = promptTexts(body['prompt'], (ids) => context.tokenizer.decode(ids, modelFacts(model).encoding));
  if (!texts) return wrongType(context, 'prompt', 'one of a string or array of strings', body['prompt']);

  const { snapshot, encoding } = modelFacts(model);
  const { choices, tokens: completionTokens } = choicesOf(texts, model, body, context);
  const suffix = context.tokenizer.count(asText(body['suffix']), encoding);
  const promptTokens = texts.reduce((sum, text) => sum + suffix + context.tokenizer.count(text, encoding), 0);
  const frame: Frame = {
    id: `cmpl-${context.random.alnum(29)}`,
    created: Math.floor(context.now() / 1000),
    model: snapshot,
    usage: `{"prompt_tokens":${promptTokens},"completion_tokens":${completionTokens},"total_tokens":${promptTokens + completionTokens}}`,
  };
  const extra = [
    ...legacyHeaders(context, snapshot),
    ['cache-control', 'no-cache, must-revalidate'],
    ...rateLimitHeaders(promptTokens),
  ] as const;
  const billed = { input: promptTokens, output: completionTokens };
  if (body['stream'] === true) {
    const options = isBody(body['stream_options']) ? body['stream_options'] : {};
    const headers = successHeaders(context, 'text/event-stream', extra);
    return {
      kind: 'stream',
      status: 200,
      headers,
      events: events(choices, frame, options['include_usage'] === true),
      billed,
    };
  }
  const text =
    `{"id":"${frame.id}","object":"text_completion","created":${frame.created},"model":${quote(snapshot)},` +
    `"choices":[${choices.map(choiceJson).join(',')}],"usage":${frame.usage}}`;
  const headers = successHeaders(context, 'application/json', extra);
  return { kind: 'json', status: 200, headers, body: `${pretty(text)}\n`, tokens: completionTokens, billed };
}

export const completions: Operation = { id: 'completions', method: 'POST', path: '/v1/completions', handle: create };
