import { isJsonObject } from '../core/json.ts';
import type { OperationId } from '../protocols/types.ts';
import { bytesOrReady, restoredLength, type ReadyForm } from './ready-form.ts';
import type { Recording } from './types.ts';

const OPERATIONS: Readonly<Record<OperationId, true>> = {
  'chat.completions': true,
  completions: true,
  responses: true,
  embeddings: true,
  messages: true,
  'messages.count_tokens': true,
  'gemini.generate': true,
  'gemini.count_tokens': true,
  'gemini.embed': true,
  'gemini.batch_embed': true,
};

/** The shape that a refusal is described with: a reader that knows none must not take it for an answer. */
const REFUSAL = 'refusal';

/** All of a recording but its bytes and their ready form; `lengths` instead of `ends`, because small numbers are shorter. */
export function metaOf(recording: Recording): Meta {
  const { bytes: _bytes, ready: _ready, ends, shape, ...rest } = recording;
  return {
    ...rest,
    shape: rest.refusal ? REFUSAL : shape,
    lengths: ends.map((end, index) => end - (ends[index - 1] ?? 0)),
  };
}

export type Meta = Omit<Recording, 'bytes' | 'ready' | 'ends' | 'shape'> & {
  readonly shape: Recording['shape'] | typeof REFUSAL;
  readonly lengths: readonly number[];
};

const CHECKS: Readonly<Record<keyof Meta, (value: unknown) => boolean>> = {
  operation: isOperation,
  model: isString,
  shape: (value) => value === 'body' || value === 'stream' || value === REFUSAL,
  headers: (value) => isListOf(value, isHeader),
  lengths: (value) => isListOf(value, isNumber),
  times: (value) => isListOf(value, isNumber),
  endpoint: isString,
  target: isTarget,
  answerId: (value) => value === undefined || isString(value),
  kept: (value) => typeof value === 'boolean',
  usage: (value) => value === undefined || isUsage(value),
  encryptedItems: (value) => isListOf(value, isString),
  refusal: (value) => value === undefined || isRefusal(value),
  storedAt: isNumber,
  expiresAt: isNumber,
};

const CHECK_LIST = Object.entries(CHECKS);

/** The recording that `meta` describes; undefined when it does not describe these bytes, or those of which `body` is the ready form. */
export function recordingFrom(meta: unknown, body: Buffer, ready?: Omit<ReadyForm, 'body'>): Recording | undefined {
  if (!isMeta(meta) || (meta.shape === REFUSAL) !== (meta.refusal !== undefined)) return undefined;
  let end = 0;
  const ends = meta.lengths.map((length) => (end += length));
  const length = ready ? restoredLength({ ...ready, body }) : body.length;
  if (end !== (meta.shape === 'stream' ? length : 0) || ends.length !== meta.times.length) return undefined;
  const { operation, model, headers, times, endpoint, target, kept, encryptedItems, storedAt, expiresAt } = meta;
  const { answerId, usage, refusal } = meta;
  const origin = { operation, model, endpoint, target, kept, encryptedItems };
  return Object.assign(bytesOrReady(body, ready), origin, {
    shape: meta.shape === REFUSAL ? 'body' : meta.shape,
    headers,
    ends,
    times,
    storedAt,
    expiresAt,
    ...(answerId === undefined ? {} : { answerId }),
    ...(usage === undefined ? {} : { usage }),
    ...(refusal === undefined ? {} : { refusal }),
  });
}

function isMeta(value: unknown): value is Meta {
  return isJsonObject(value) && CHECK_LIST.every(([name, holds]) => holds(value[name]));
}

function isOperation(value: unknown): boolean {
  return typeof value === 'string' && Object.hasOwn(OPERATIONS, value);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isTarget(value: unknown): boolean {
  return isJsonObject(value) && isString(value['provider']) && isString(value['address']) && isString(value['model']);
}

function isUsage(value: unknown): boolean {
  if (!isJsonObject(value) || !isNumber(value['input']) || !isNumber(value['output'])) return false;
  return Object.values(value).every(isNumber);
}

function isRefusal(value: unknown): boolean {
  if (!isJsonObject(value) || !isString(value['request'])) return false;
  const { status } = value;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function isHeader(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(isString);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}
