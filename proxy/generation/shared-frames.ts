import { recordingFrom, metaOf } from '../cache/recording-meta.ts';
import type { Recording } from '../cache/types.ts';
import { type ErrorCode, ERRORS, ProxyError } from '../core/errors.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import type { FlightEnding } from '../flights/flight.ts';
import type { Frame } from '../flights/shared-flights.ts';
import type { OwnFields, TokenUsage } from '../protocols/types.ts';
import type { AnswerHead, GenerationFailure } from './answer.ts';

/** The head of an answer that another process makes. */
export interface SharedHead {
  readonly head: AnswerHead;
  /** The fields that name the caller whose request the answer is made for. */
  readonly own: OwnFields | undefined;
}

export interface SharedEnd {
  readonly ending: Exclude<FlightEnding<GenerationFailure>, { readonly kind: 'abandoned' }>;
  readonly usage: TokenUsage | undefined;
  readonly answerId: string | undefined;
  readonly recording: Recording | undefined;
}

/**
 * Errors of the proxy's own that would be another process's as well. Any other one is about the process that led: its
 * queue, its end, what it knows of endpoints.
 */
const COMMON_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'upstream_failed',
  'upstream_timeout',
  'invalid_structured_output',
]);

/** Whether a generation that failed so has failed for those in other processes too. */
export function isCommon(failure: GenerationFailure): boolean {
  return failure.kind === 'answer' || COMMON_ERRORS.has(failure.error.code);
}

/** A frame that is written when it is first read, if it ever is. */
export class LazyFrame implements Frame {
  readonly kind: Frame['kind'];
  readonly #write: () => object;
  #bytes: Buffer | undefined;

  constructor(kind: Frame['kind'], write: () => object) {
    this.kind = kind;
    this.#write = write;
  }

  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(JSON.stringify(this.#write()));
    return this.#bytes;
  }
}

export function headFrame(shared: SharedHead): Frame {
  return new LazyFrame('head', () => shared);
}

export function endFrame({ ending, usage, answerId, recording }: SharedEnd): Frame {
  return new LazyFrame('end', () => ({
    ending: ending.kind === 'failed' ? { kind: 'failed', failure: writtenFailure(ending.failure) } : ending,
    usage,
    answerId,
    ...(recording ? { recording: metaOf(recording) } : {}),
  }));
}

/** Undefined for what no leader of this version has written. */
export function readHead(bytes: Buffer): SharedHead | undefined {
  const value = parsed(bytes);
  const head = value?.['head'];
  if (!isJsonObject(head) || typeof head['status'] !== 'number' || !Array.isArray(head['headers'])) return undefined;
  if (head['shape'] !== 'body' && head['shape'] !== 'stream') return undefined;
  if (typeof head['endpoint'] !== 'string') return undefined;
  return { head: head as unknown as AnswerHead, own: value?.['own'] as OwnFields | undefined };
}

/** `log`: all bytes of the answer, where they were kept. */
export function readEnd(bytes: Buffer, log: readonly Buffer[] | undefined): SharedEnd | undefined {
  const value = parsed(bytes);
  const ending = value && readEnding(value['ending']);
  if (!ending) return undefined;
  const meta = value['recording'];
  return {
    ending,
    usage: value['usage'] as TokenUsage | undefined,
    answerId: value['answerId'] as string | undefined,
    recording: meta === undefined || !log ? undefined : recordingFrom(meta, Buffer.concat(log)),
  };
}

function readEnding(ending: unknown): SharedEnd['ending'] | undefined {
  if (!isJsonObject(ending)) return undefined;
  const { kind, reason, failure } = ending;
  if (kind === 'done') return { kind };
  if (kind === 'cut') return { kind, reason: textOf(reason) };
  return kind === 'failed' && isJsonObject(failure) ? { kind, failure: readFailure(failure) } : undefined;
}

function writtenFailure(failure: GenerationFailure): object {
  if (failure.kind === 'answer') return { ...failure, body: failure.body.toString('base64') };
  const { code, message, param, headers } = failure.error;
  return { ...failure, error: { code, message, param, headers } };
}

function readFailure(failure: JsonObject): GenerationFailure {
  const { body, error } = failure;
  if (failure['kind'] === 'answer') {
    return { ...failure, body: Buffer.from(textOf(body), 'base64') } as unknown as GenerationFailure;
  }
  return { ...failure, error: readError(error) } as unknown as GenerationFailure;
}

function readError(error: unknown): ProxyError {
  const { code, message, param, headers } = isJsonObject(error) ? error : {};
  const known = typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'upstream_failed';
  return new ProxyError(known, textOf(message), {
    ...(typeof param === 'string' ? { param } : {}),
    ...(isJsonObject(headers) ? { headers: headers as Record<string, string> } : {}),
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parsed(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
