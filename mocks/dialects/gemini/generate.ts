import { generate as generation } from '../../generation/generate.ts';
import type { Generation } from '../../generation/generate.ts';
import type { Prompt } from '../../generation/prompt.ts';
import { asText, objectsIn, optionalInteger } from '../content.ts';
import type { DialectContext, DialectRequest, Operation, Reply, RequestReads } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import type { AnswerParts } from './answer.ts';
import { answerParts } from './answer.ts';
import { blockedReply } from './blocked.ts';
import { withCachedContent } from './cached-content.ts';
import type { AnswerFrame } from './candidate.ts';
import { chunksOf, unaryJson } from './candidate.ts';
import { refusedContents, refusedSignature } from './checks.ts';
import type { ErrorForm, GoogleError } from './errors.ts';
import { errorForm, googleErrorReply, unknownFields, unknownGeminiModel, versionOf } from './errors.ts';
import { extrasOf } from './extras.ts';
import { ATTACHMENT, generationHeaders, googleHeaders, JSON_TYPE, STREAM_TYPE } from './headers.ts';
import type { GeminiModel } from './models.ts';
import { madeMedia } from './modalities.ts';
import { bareName, geminiModel } from './models.ts';
import { generationConfig, geminiPrompt, geminiTools, geminiTurns } from './prompt.ts';
import { readMessage } from './spelling.ts';
import { refusesAs } from './strict.ts';
import { geminiUsage, promptTokens, sumOf } from './usage.ts';
import { document, streamEvents } from './wire.ts';

/** Why a prompt is blocked, where nothing says why. */
const BLOCKED = 'PROHIBITED_CONTENT';
const CANDIDATES_MOST = 8;
const RESPONSE_ID_LENGTH = 22;

export const streams = ({ path }: Pick<DialectRequest, 'path'>): boolean => path.endsWith(':streamGenerateContent');

/** Text as it is, without the quotes of JSON, where an enum was asked for. */
function spokenEnum(answer: Generation, request: Body): Generation {
  if (generationConfig(request)['responseMimeType'] !== 'text/x.enum' || answer.text === undefined) return answer;
  try {
    const value: unknown = JSON.parse(answer.text);
    const text = typeof value === 'string' ? value : answer.text;
    return { ...answer, text, pieces: [text] };
  } catch {
    return answer;
  }
}

interface Answered {
  readonly answer: Generation;
  readonly parts: AnswerParts;
  readonly frame: AnswerFrame;
}

interface Asked {
  readonly request: Body;
  readonly cachedTokens: number | undefined;
  readonly model: GeminiModel;
  readonly prompt: Prompt;
}

function answerTo({ request, cachedTokens, model, prompt }: Asked, context: DialectContext): Answered {
  const whole = spokenEnum(generation(prompt, context.tokenizer), request);
  const config = generationConfig(request);
  const made = madeMedia(config, prompt.asked, whole);
  const answer = made?.silent === true ? { ...whole, text: undefined, pieces: [], visibleTokens: 0 } : whole;
  const candidates = Math.min(CANDIDATES_MOST, Math.max(1, optionalInteger(config['candidateCount']) ?? 1));
  const extras = extrasOf({ request, prompt, answer, model }, context);
  const thinking = isBody(config['thinkingConfig']) ? config['thinkingConfig'] : {};
  const parts = answerParts(answer, {
    model,
    includeThoughts: thinking['includeThoughts'] === true,
    signer: { model: model.version, tenant: context.tenant ?? '' },
    position: objectsIn(request['contents']).filter(({ role }) => role !== 'model').length,
    offered: prompt.tools.length > 0,
    exactPieces: prompt.scripted?.chunks !== undefined,
    executed: extras.executed,
    made: made?.part,
    random: context.random,
  });
  const usage = geminiUsage(
    { request, prompt, model, answer, candidates, cachedTokens, toolUse: extras.toolUse, made },
    context,
  );
  const frame: AnswerFrame = {
    model,
    responseId: context.random.alnum(RESPONSE_ID_LENGTH),
    usage,
    tier: asText(request['serviceTier']).toLowerCase() || 'standard',
    candidates,
    extras: extras.fields,
  };
  return { answer, parts, frame };
}

function replyWith({ answer, parts, frame }: Answered, form: ErrorForm, context: DialectContext): Reply {
  const { usage, tier, candidates } = frame;
  const billed = {
    input: usage.prompt + usage.toolUse,
    output: usage.candidates + usage.thoughts,
    reasoning: usage.thoughts,
  };
  const extra = generationHeaders(tier);
  if (form === 'object') {
    return {
      kind: 'json',
      status: 200,
      headers: googleHeaders(context, JSON_TYPE, extra),
      body: document(unaryJson(answer, parts, frame)),
      tokens: answer.visibleTokens * candidates,
      billed,
    };
  }
  return {
    kind: 'stream',
    status: 200,
    headers: googleHeaders(context, form === 'sse' ? STREAM_TYPE : JSON_TYPE, [ATTACHMENT, ...extra]),
    events: streamEvents(() => chunksOf(answer, parts, frame), form),
    billed,
  };
}

/** Reads a request that generates, or says why there is no answer to it. */
export function askedIn(
  body: unknown,
  name: string,
  context: DialectContext,
): Asked | { readonly refused: GoogleError } {
  const model = geminiModel(name);
  const read = readMessage(body, 'GenerateContentRequest');
  const wrong = read.faults.filter(({ description }) => description.startsWith('Invalid value'));
  if (wrong.length > 0) return { refused: unknownFields(wrong) };
  const refused = refusedContents(read.value);
  if (refused) return { refused };
  const cached = withCachedContent(read.value, model.name, context);
  if ('code' in cached) return { refused: cached };
  const signer = { model: model.version, tenant: context.tenant ?? '' };
  const unsigned = refusedSignature(cached.request, signer);
  if (unsigned) return { refused: unsigned };
  return { ...cached, model, prompt: geminiPrompt(cached.request, model, context) };
}

/** The error for a model that the server does not have. */
export function missingModel(
  name: string,
  method: string,
  path: string,
  { models }: DialectContext,
): GoogleError | undefined {
  const known = models?.map(bareName).includes(name) ?? true;
  return known ? undefined : unknownGeminiModel(name, method, versionOf(path));
}

/** Answers a request that generates; the path says whether as a stream. */
export function generateContent(request: DialectRequest, context: DialectContext): Reply {
  const form = errorForm(request);
  const name = bareName(request.params['model'] ?? '');
  const method = form === 'object' ? 'generateContent' : 'streamGenerateContent';
  const unknown = missingModel(name, method, request.path, context);
  if (unknown) return googleErrorReply(unknown, context, form);
  const asked = askedIn(request.body, name, context);
  if ('refused' in asked) return googleErrorReply(asked.refused, context, form);
  const { refusal, finishReason } = context.scripted ?? {};
  // A refusal that a filter gave is no answer of the model.
  if (refusal !== undefined && finishReason === 'content_filter') return blockedReply(request, BLOCKED, context);
  return replyWith(answerTo(asked, context), form, context);
}

const turnsOf = (body: unknown) => geminiTurns(readMessage(body, 'GenerateContentRequest').value);

/** The same request with another method in its path. */
function asStream(request: DialectRequest, stream: boolean): DialectRequest {
  const path = request.path.replace(/:\w+$/, stream ? ':streamGenerateContent' : ':generateContent');
  const query = new URLSearchParams(request.query);
  if (stream && !streams(request)) query.set('alt', 'sse');
  return { ...request, path, query };
}

/** What an operation reads in a request whose model stands in its path. */
export const MODEL_IN_PATH: RequestReads = { model: ({ params }) => bareName(params['model'] ?? '') };

function readsOf(stream: boolean): RequestReads {
  return {
    ...MODEL_IN_PATH,
    stream: () => stream,
    turns: turnsOf,
    tools: (body) => geminiTools(readMessage(body, 'GenerateContentRequest').value).map(({ name }) => name),
    promptTokens: (request, context) => {
      const model = geminiModel(request.params['model'] ?? '');
      const { value } = readMessage(request.body, 'GenerateContentRequest');
      return sumOf(promptTokens(value, geminiPrompt(value, model, context), model, context));
    },
    mostAnswered: (body) => {
      const config = generationConfig(readMessage(body, 'GenerateContentRequest').value);
      const candidates = optionalInteger(config['candidateCount']) ?? 1;
      return Math.max(0, optionalInteger(config['maxOutputTokens']) ?? 0) * Math.max(1, candidates);
    },
    asStream,
  };
}

const METHODS = [
  ['generateContent', false],
  ['streamGenerateContent', true],
] as const;

/** Paths before `models/…` under which the API answers. */
export const VERSIONS = ['v1beta', 'v1', 'v1alpha'] as const;

export const generateOperations: readonly Operation[] = VERSIONS.flatMap((version) =>
  METHODS.map(([method, stream]) => ({
    // One id for both: `stream` tells them apart, as in other families.
    id: 'generateContent',
    family: 'gemini',
    method: 'POST',
    path: `/${version}/models/{model}:${method}`,
    generates: true,
    reads: readsOf(stream),
    refuses: refusesAs('GenerateContentRequest'),
    handle: generateContent,
  })),
);
