import type { Generation } from '../../generation/generate.ts';
import { computation } from '../../generation/computation.ts';
import type { Prompt } from '../../generation/prompt.ts';
import type { LikelyToken } from '../logprobs.ts';
import { likelyTokens } from '../logprobs.ts';
import { json, quote } from '../json.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { optionalInteger } from '../content.ts';
import type { GeminiModel } from './models.ts';
import { generationConfig } from './prompt.ts';

const PAGES = 2;
const QUERY_CHARACTERS = 120;
/** What pages of the web bring into the prompt. */
const SEARCH_TOKENS = 64;
const CODE_TOKENS = 32;

function slug(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return encodeURIComponent(words.slice(0, 6).join('-') || 'page');
}

function groundingJson(asked: string, text: string): string {
  const query = asked.slice(0, QUERY_CHARACTERS).toWellFormed();
  const chunks = Array.from({ length: PAGES }, (_, at) => ({
    web: { uri: `https://example.com/${slug(asked)}/${at + 1}`, title: `Result ${at + 1}: ${query}` },
  }));
  return json({
    searchEntryPoint: {
      renderedContent: `<div class="container"><a class="chip">${query.replaceAll('<', '&lt;')}</a></div>`,
    },
    groundingChunks: chunks,
    // Offsets count bytes of UTF-8; a start of 0 is left out.
    groundingSupports: [{ segment: { endIndex: Buffer.byteLength(text), text }, groundingChunkIndices: [0] }],
    webSearchQueries: [query],
  });
}

function urlsIn(asked: string): readonly string[] {
  return asked.match(/https?:\/\/[^\s"'<>)\]]+/g) ?? [];
}

const urlsJson = (asked: string): string =>
  json({
    urlMetadata: urlsIn(asked).map((retrievedUrl) => ({
      retrievedUrl,
      urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS',
    })),
  });

interface Likely {
  readonly token: string;
  readonly tokenId: number;
  readonly logProbability: number;
}

/** `avgLogprobs` and `logprobsResult`; nothing when they were not asked for. */
function logprobs(
  { request, answer, model: { facts, generation } }: ExtrasParts,
  { tokenizer }: DialectContext,
): Readonly<Record<string, string | undefined>> {
  const config = generationConfig(request);
  const asked = config['responseLogprobs'] === true;
  // Models up to 2.0 tell the average unasked.
  if (answer.text === undefined || (!asked && generation !== 'g2')) return {};
  const top = asked ? (optionalInteger(config['logprobs']) ?? 0) : 0;
  const tokens = likelyTokens(answer.text, top, facts.encoding, tokenizer);
  const likely = ({ text, logprob }: LikelyToken): Likely => ({
    token: text,
    tokenId: tokenizer.ids(text, facts.encoding)[0] ?? 0,
    logProbability: logprob,
  });
  const average = tokens.reduce((sum, { chosen }) => sum + chosen.logprob, 0) / Math.max(1, tokens.length);
  if (!asked) return { avgLogprobs: String(average) };
  const topCandidates = tokens.map(({ top: others }) => ({ candidates: others.map(likely) }));
  const chosenCandidates = tokens.map(({ chosen }) => likely(chosen));
  return {
    avgLogprobs: String(average),
    logprobsResult: json({ ...(top > 0 ? { topCandidates } : {}), chosenCandidates }),
  };
}

export interface Extras {
  /** Compact JSON by name, in order, for the end of a candidate. */
  readonly fields: Readonly<Record<string, string | undefined>>;
  /** Compact JSON of parts that come before the text. */
  readonly executed: readonly string[];
  readonly toolUse: number;
}

export interface ExtrasParts {
  readonly request: Body;
  readonly prompt: Prompt;
  readonly answer: Generation;
  readonly model: GeminiModel;
}

/** What tools of the provider and logprobs add to an answer. */
export function extrasOf(parts: ExtrasParts, context: DialectContext): Extras {
  const { prompt, answer } = parts;
  const used = new Set(answer.hosted.map(({ name }) => name));
  const { asked } = prompt;
  const text = answer.text ?? '';
  const run = used.has('codeExecution') ? computation(asked) : undefined;
  const executed =
    run === undefined
      ? []
      : [
          `{"executableCode":{"language":"PYTHON","code":${quote(`${run.code}\n`)}}}`,
          `{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":${quote(`${run.printed}\n`)}}}`,
        ];
  return {
    fields: {
      groundingMetadata: used.has('googleSearch') ? groundingJson(asked, text) : undefined,
      urlContextMetadata: used.has('urlContext') && urlsIn(asked).length > 0 ? urlsJson(asked) : undefined,
      ...logprobs(parts, context),
    },
    executed,
    toolUse:
      (used.has('googleSearch') || used.has('urlContext') ? SEARCH_TOKENS : 0) + (run === undefined ? 0 : CODE_TOKENS),
  };
}
