import type { JsonObject } from '../core/json.ts';
import type { Conversation, Family, Seal } from './conversation.ts';
import type { AnswerContext, AnswerHints, AnswerReader, AnswerWriter } from './steps.ts';

/** What the writer of a request knows of the endpoint that it writes for. */
export interface RequestTarget {
  /** Name of the model at the endpoint. */
  readonly model: string;
  readonly provider: string;
  /** Fields that the client's wish cannot be told in are refused instead of dropped (`routing.translation: strict`). */
  readonly strict: boolean;
  /** Organisation or account that seals belong to; a foreign seal is dropped. Absent = any of the same family. */
  readonly acceptsSeal: (seal: Seal) => boolean;
}

/** A request in the endpoint's family. */
export interface WrittenRequest {
  readonly body: JsonObject;
  /** Names of the client's fields that could not be told, in the client's own words. */
  readonly dropped: readonly string[];
  /** Headers that the request needs (`anthropic-beta`). */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** To be given to the reader of the answer. */
  readonly hints?: AnswerHints;
}

/** One family's four directions. All are pure; requests throw ProxyError (400) naming the field of the client. */
export interface Translator {
  readonly family: Family;
  readRequest(body: JsonObject, head?: { readonly stream: boolean; readonly model: string }): Conversation;
  writeRequest(conversation: Conversation, target: RequestTarget): WrittenRequest;
  answerReader(hints?: AnswerHints): AnswerReader;
  answerWriter(context: AnswerContext): AnswerWriter;
}
