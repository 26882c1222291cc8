import { embeddingVector, similarity } from '../../generation/vectors.ts';
import { asText } from '../content.ts';
import type { ObjectStore, StoredObject } from '../reply.ts';
import { isBody } from '../validate.ts';
import { passes } from './attribute-filter.ts';

/** Characters of a chunk: about the 800 tokens of the provider's default. */
const CHUNK_CHARACTERS = 3200;
/** Characters of a passage: a chunk is as near a question as the nearest of its passages. */
const PASSAGE_CHARACTERS = 280;
const MODEL = 'text-embedding-3-large';
const DIMENSIONS = 1536;
/** Texts that have nothing in common are nearer than this once in a thousand times. */
const NOISE = 0.09;

export interface SearchOptions {
  readonly filters?: unknown;
  readonly most: number;
  /** Scores below it are left out. */
  readonly threshold: number;
  /** Where nothing is near, what there is is found nevertheless. */
  readonly always?: boolean | undefined;
}

/** A chunk of a file that is near a question. */
export interface SearchHit {
  readonly fileId: string;
  readonly filename: string;
  /** Between 0 and 1. */
  readonly score: number;
  readonly attributes: unknown;
  readonly text: string;
  /** The part of the text that is nearest. */
  readonly passage: string;
}

/** A text in pieces of a chunk's length, cut at spaces; what overlaps is not kept twice. */
export function chunksOf(text: string): readonly string[] {
  const chunks: string[] = [];
  for (let start = 0; start < text.length;) {
    const limit = start + CHUNK_CHARACTERS;
    const space = limit < text.length ? text.lastIndexOf(' ', limit) : -1;
    const end = space > start ? space : limit;
    chunks.push(text.slice(start, end).trim());
    start = end;
  }
  return chunks.filter((chunk) => chunk !== '');
}

/** Sentences of a chunk, short ones together; a long one is cut at a space. */
function passagesOf(chunk: string): readonly string[] {
  const passages: string[] = [];
  let open = '';
  for (const sentence of chunk.split(/(?<=[.!?])\s+|\n+/)) {
    for (let at = 0; at < sentence.length; at += PASSAGE_CHARACTERS) {
      const piece = sentence.slice(at, at + PASSAGE_CHARACTERS);
      if (open !== '' && open.length + piece.length >= PASSAGE_CHARACTERS / 3) {
        passages.push(open);
        open = '';
      }
      open = open === '' ? piece : `${open}${at === 0 ? ' ' : ''}${piece}`;
    }
  }
  return open === '' ? passages : [...passages, open];
}

const vectorOf = (text: string): Float32Array => embeddingVector(text, MODEL, DIMENSIONS);

/** From 0 to 1 as the provider's scores are: a question is seldom nearer its answer than half of the way. */
function scoreOf(nearness: number): number {
  return Number(Math.sqrt(Math.min(1, Math.max(0, nearness))).toFixed(4));
}

function hitsIn(
  entry: StoredObject,
  questions: readonly Float32Array[],
  objects: ObjectStore,
  least: number,
): readonly SearchHit[] {
  const file = objects.get('/v1/files', entry.id);
  const filename = asText(file?.body['filename']);
  const attributes = entry.body['attributes'] ?? {};
  return chunksOf(file?.content?.toString() ?? '').flatMap((text): readonly SearchHit[] => {
    let [nearest, passage] = [least, ''];
    for (const part of passagesOf(text)) {
      const vector = vectorOf(part);
      const near = Math.max(...questions.map((question) => similarity(question, vector)));
      if (near > nearest) [nearest, passage] = [near, part];
    }
    return passage === '' ? [] : [{ fileId: entry.id, filename, score: scoreOf(nearest), attributes, text, passage }];
  });
}

/** The chunks of a store's files that are near one of the questions, best first. */
export function searchedFiles(
  entries: readonly StoredObject[],
  queries: readonly string[],
  { filters, most, threshold, always = false }: SearchOptions,
  objects: ObjectStore,
): readonly SearchHit[] {
  const questions = queries.map(vectorOf);
  const passing = entries.filter(({ body }) => passes(isBody(body['attributes']) ? body['attributes'] : {}, filters));
  const near = passing.flatMap((entry) => hitsIn(entry, questions, objects, NOISE));
  const all = near.length > 0 || !always ? near : passing.flatMap((entry) => hitsIn(entry, questions, objects, -1));
  return all
    .filter(({ score }) => score >= threshold)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most);
}

/** Files of these stores, those that could not be indexed left out; undefined when none of the stores was ever made. */
export function filesOfStores(ids: readonly string[], objects: ObjectStore): readonly StoredObject[] | undefined {
  const known = ids.filter((id) => objects.get('/v1/vector_stores', id) !== undefined);
  if (known.length === 0) return undefined;
  return known
    .flatMap((id) => objects.all(`/v1/vector_stores/${id}/files`))
    .filter(({ body }) => body['status'] !== 'failed' && body['status'] !== 'cancelled');
}
