import { embeddingVector } from '../../generation/vectors.ts';
import { objectsIn } from '../content.ts';
import type { ScriptedAnswer } from '../../generation/script.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from '../reply.ts';
import { scriptedVectors } from '../embeddings.ts';
import type { Body } from '../validate.ts';
import { contentText } from './count.ts';
import { googleError, googleErrorReply } from './errors.ts';
import { MODEL_IN_PATH, missingModel, VERSIONS } from './generate.ts';
import { googleHeaders, JSON_TYPE } from './headers.ts';
import { bareName } from './models.ts';
import { readMessage } from './spelling.ts';
import { refusesAs } from './strict.ts';
import { document } from './wire.ts';

const SIZE = 3072;
const SIZES: readonly (readonly [RegExp, number])[] = [[/^text-embedding-00\d|^embedding-001|^text-multilingual/, 768]];
const REQUESTS_MOST = 100;

interface Embedded {
  readonly values: readonly number[];
  readonly tokens: number;
}

function scriptedFor(embedding: ScriptedAnswer['embedding'], at: number): readonly number[] | undefined {
  const vectors = scriptedVectors(embedding);
  return vectors.at(Math.min(at, vectors.length - 1));
}

function embed(one: Body, model: string, at: number, context: DialectContext): Embedded {
  const text = contentText(one['content']);
  const asked = one['outputDimensionality'];
  const size = typeof asked === 'number' ? asked : (SIZES.find(([pattern]) => pattern.test(model))?.[1] ?? SIZE);
  const values = scriptedFor(context.scripted?.embedding, at) ?? [...embeddingVector(text, model, size)];
  return { values, tokens: context.tokenizer.count(text, 'o200k_base') };
}

function answered(made: readonly Embedded[], compact: string, context: DialectContext): Reply {
  const input = made.reduce((sum, { tokens }) => sum + tokens, 0);
  const headers = googleHeaders(context, JSON_TYPE);
  return { kind: 'json', status: 200, headers, body: document(compact), tokens: 0, billed: { input, output: 0 } };
}

const valuesJson = ({ values }: Embedded): string => `{"values":[${values.join(',')}]}`;

function single(request: DialectRequest, context: DialectContext): Reply {
  const name = bareName(request.params['model'] ?? '');
  const unknown = missingModel(name, 'embedContent', request.path, context);
  if (unknown) return googleErrorReply(unknown, context);
  const { value } = readMessage(request.body, 'EmbedContentRequest');
  if (value['content'] === undefined) {
    return googleErrorReply(googleError(400, '* EmbedContentRequest.content: contents is not specified\n'), context);
  }
  const made = embed(value, name, 0, context);
  return answered([made], `{"embedding":${valuesJson(made)}}`, context);
}

function batch(request: DialectRequest, context: DialectContext): Reply {
  const name = bareName(request.params['model'] ?? '');
  const unknown = missingModel(name, 'batchEmbedContents', request.path, context);
  if (unknown) return googleErrorReply(unknown, context);
  const requests = objectsIn(readMessage(request.body, 'BatchEmbedContentsRequest').value['requests']);
  if (requests.length > REQUESTS_MOST) {
    const message = `* BatchEmbedContentsRequest.requests: at most ${REQUESTS_MOST} requests can be in one batch\n`;
    return googleErrorReply(googleError(400, message), context);
  }
  const made = requests.map((one, at) => embed(one, name, at, context));
  return answered(made, `{"embeddings":[${made.map(valuesJson).join(',')}]}`, context);
}

export const embeddingOperations: readonly Operation[] = VERSIONS.flatMap((version) => [
  {
    id: 'embedContent',
    family: 'gemini',
    method: 'POST',
    path: `/${version}/models/{model}:embedContent`,
    reads: MODEL_IN_PATH,
    refuses: refusesAs('EmbedContentRequest'),
    handle: single,
  },
  {
    id: 'batchEmbedContents',
    family: 'gemini',
    method: 'POST',
    path: `/${version}/models/{model}:batchEmbedContents`,
    reads: MODEL_IN_PATH,
    refuses: refusesAs('BatchEmbedContentsRequest'),
    handle: batch,
  },
]);
