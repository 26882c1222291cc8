import { INCLUDABLE } from '../../refusals/includable.ts';
import { unsupportedChoice } from '../../refusals/sentences.ts';
import { modelFacts } from '../../generation/models.ts';
import { seal } from '../../generation/sealed.ts';
import { asText, objectsIn } from '../content.ts';
import { refuse } from '../errors.ts';
import { json } from '../json.ts';
import { unixSeconds } from '../stored-object.ts';
import { logprobsJson } from '../logprobs.ts';
import type { DialectContext, JsonReply } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

const ENCRYPTED = 'reasoning.encrypted_content';
const LOGPROBS = 'message.output_text.logprobs';

/** `include=a`, `include[]=a` and `include[0]=a` of the query. */
function asked(query: URLSearchParams): readonly string[] {
  return [...query].filter(([name]) => /^include(?:\[\d*\])?$/.test(name)).map(([, value]) => value);
}

const isIncludable = (value: string): boolean => INCLUDABLE.some((one) => one === value);

export function refusedInclude(query: URLSearchParams, context: DialectContext): JsonReply | undefined {
  const values = asked(query);
  const at = values.findIndex((value) => !isIncludable(value));
  return at === -1 ? undefined : refuse(context, unsupportedChoice(`include[${at}]`, values[at], INCLUDABLE));
}

function withEncrypted(item: Body, tokens: number, context: DialectContext): Body {
  if (item['type'] !== 'reasoning' || item['encrypted_content'] !== undefined) return item;
  const { summary, ...before } = item;
  const text = objectsIn(summary)
    .map((part) => asText(part['text']))
    .join('\n');
  return { ...before, encrypted_content: seal({ tokens, text }, context.random, unixSeconds(context)), summary };
}

function withLogprobs(item: Body, model: string, context: DialectContext): Body {
  if (item['type'] !== 'message') return item;
  const content = objectsIn(item['content']).map((part) => {
    if (part['type'] !== 'output_text' || (Array.isArray(part['logprobs']) && part['logprobs'].length > 0)) return part;
    const text = logprobsJson(asText(part['text']), 0, modelFacts(model).encoding, context.tokenizer);
    return { ...part, logprobs: JSON.parse(text) as unknown };
  });
  return { ...item, content };
}

function reasoningTokens(response: Body): number {
  const usage = isBody(response['usage']) ? response['usage'] : {};
  const details = isBody(usage['output_tokens_details']) ? usage['output_tokens_details'] : {};
  return Number(details['reasoning_tokens'] ?? 0);
}

/** A stored response (compact JSON) with what the query's `include` asks for besides. */
export function includedIn(body: string, query: URLSearchParams, context: DialectContext): string {
  const wanted = asked(query);
  if (!wanted.includes(ENCRYPTED) && !wanted.includes(LOGPROBS)) return body;
  const response = JSON.parse(body) as Body;
  const output = objectsIn(response['output']);
  const more = output.map((item) => {
    const sealed = wanted.includes(ENCRYPTED) ? withEncrypted(item, reasoningTokens(response), context) : item;
    return wanted.includes(LOGPROBS) ? withLogprobs(sealed, asText(response['model']), context) : sealed;
  });
  // Only the output is written anew: the rest has numbers like 1.0 that would not survive.
  return body.replace(`"output":${json(output)}`, () => `"output":${json(more)}`);
}
