import type { Generation } from '../generation/generate.ts';
import { generate } from '../generation/generate.ts';
import { modelFacts } from '../generation/models.ts';
import type { Prompt } from '../generation/prompt.ts';
import { stopWords } from './chat/prompt.ts';
import { optionalInteger } from './content.ts';
import { badRequest } from './errors.ts';
import { legacyHeaders, rateLimitHeaders, successHeaders } from './headers.ts';
import { pretty, quote } from './json.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StreamEvent } from './reply.ts';
import type { Body, FieldRule } from './validate.ts';
import { checkedBody, isBody, refusedField } from './validate.ts';

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
  { name: 'user', expected: 'a string' },
];

/** One prompt a text; token arrays stand for texts nobody can read back. */
function promptTexts(prompt: unknown): readonly string[] | undefined {
  if (prompt === undefined || prompt === null) return ['<|endoftext|>'];
  if (typeof prompt === 'string') return [prompt];
  if (!Array.isArray(prompt) || prompt.length === 0) return undefined;
  if (prompt.every((item) => typeof item === 'string')) return prompt;
  if (prompt.every((item) => typeof item === 'number')) return [prompt.join(' ')];
  return prompt.every((item) => Array.isArray(item)) ? prompt.map((item) => item.join(' ')) : undefined;
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
    tag: context.tag,
    scripted: context.scripted,
  };
}

interface Choice {
  readonly pieces: readonly string[];
  readonly finish: string;
  readonly tokens: number;
}

function choiceOf(answer: Generation, echoed: string): Choice {
  const pieces = echoed === '' ? answer.pieces : [echoed, ...answer.pieces];
  return { pieces, finish: answer.finish === 'length' ? 'length' : 'stop', tokens: answer.visibleTokens };
}

function unaryChoice(choice: Choice, index: number): string {
  return `{"text":${quote(choice.pieces.join(''))},"index":${index},"logprobs":null,"finish_reason":"${choice.finish}"}`;
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
  const chunk = (text: string, index: number, finish: string): string =>
    `${head}{"text":${quote(text)},"index":${index},"logprobs":null,"finish_reason":${finish}}${tail('null')}`;
  const longest = Math.max(...choices.map((choice) => choice.pieces.length));
  const made: StreamEvent[] = [];
  for (let at = 0; at <= longest; at += 1) {
    for (const [index, { pieces, finish }] of choices.entries()) {
      const piece = pieces[at];
      if (piece !== undefined) made.push({ bytes: chunk(piece, index, 'null'), kind: 'content', tokens: 1 });
      if (at === pieces.length) made.push({ bytes: chunk('', index, `"${finish}"`), kind: 'close', tokens: 0 });
    }
  }
  if (includeUsage) made.push({ bytes: `${head}${tail(frame.usage)}`, kind: 'close', tokens: 0 });
  return [...made, { bytes: 'data: [DONE]\n\n', kind: 'close', tokens: 0 }];
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const checked = checkedBody(request.body, context, 'chat', []);
  if ('refused' in checked) return checked.refused;
  const { body, model } = checked;
  const refused = refusedField(body, RULES, context);
  if (refused) return refused;
  const texts = promptTexts(body['prompt']);
  if (!texts)
    return badRequest(
      context,
      "Invalid type for 'prompt': expected one of a string or array of strings.",
      'prompt',
      'invalid_type',
    );

  const prompts = texts.map((text) => completionPrompt(text, model, body, context));
  const perPrompt = optionalInteger(body['n']) ?? 1;
  const choices = prompts.flatMap((prompt) => {
    const answer = generate(prompt, context.tokenizer);
    return Array.from({ length: perPrompt }, () => choiceOf(answer, body['echo'] === true ? prompt.asked : ''));
  });
  const { snapshot, encoding } = modelFacts(model);
  const promptTokens = texts.reduce((sum, text) => sum + context.tokenizer.count(text, encoding), 0);
  const completionTokens = choices.reduce((sum, choice) => sum + choice.tokens, 0);
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
    `"choices":[${choices.map(unaryChoice).join(',')}],"usage":${frame.usage}}`;
  const headers = successHeaders(context, 'application/json', extra);
  return { kind: 'json', status: 200, headers, body: `${pretty(text)}\n`, tokens: completionTokens, billed };
}

export const completions: Operation = { id: 'completions', method: 'POST', path: '/v1/completions', handle: create };
