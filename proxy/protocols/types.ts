import type { Json, JsonObject } from '../core/json.ts';
import type { RequestHead } from '../wire/http.ts';
import type { JsonEdit } from '../wire/json-splice.ts';

/** Whose API a protocol belongs to: its clients' headers, its form of errors and of the model list. */
export type ProtocolFamily = 'openai' | 'anthropic' | 'gemini';

/** Operations whose body the proxy reads; every other route of an API is passed through. */
export type OperationId =
  | 'chat.completions'
  | 'completions'
  | 'responses'
  | 'embeddings'
  | 'messages'
  | 'messages.count_tokens'
  | 'gemini.generate'
  | 'gemini.count_tokens'
  | 'gemini.embed'
  | 'gemini.batch_embed';

/** What routing and caching need to know of a request body. */
export interface RequestFacts {
  readonly model: string;
  /** What the body says instead, where the client wrote `PROVIDER/MODEL`. */
  readonly writtenModel?: string;
  readonly stream: boolean;
  /** How the client wants a stream to be written. */
  readonly framing?: StreamFraming;
  /** `stream_options.include_usage` of chat and legacy completions. */
  readonly includeUsage: boolean;
  /** `stream_options.include_obfuscation`, true unless the client said false. */
  readonly includeObfuscation: boolean;
  /** `background`, `conversation`: state at the provider, so the answer is never cached. */
  readonly stateful: boolean;
  /** The answer only says that the provider has begun: what it costs is known later. */
  readonly background?: true;
  /** Whether the provider keeps the answer and gives it out again under its id. */
  readonly store: boolean;
  /** The request itself limits the tokens of its answer. */
  readonly limitsOutput?: true;
  readonly previousResponseId?: string;
  /** Ids of reasoning items with `encrypted_content` in the input: only the endpoint that made them can read them. */
  readonly encryptedItems: readonly string[];
  readonly promptCacheKey?: string;
  readonly user?: string;
  /** Fields that name the caller. Left out where they count for the cache key (`store`): all readers then have the same. */
  readonly own?: OwnFields;
  /** The body's own `cache` member, unchecked; taken off before the body goes upstream. */
  readonly cache?: unknown;
}

/** Fields of a request that name its caller (`user`, `metadata` …) as JSON text; '' for one that was not sent. */
export type OwnFields = Readonly<Record<string, string>>;

/** One place where an answer repeats such a field. */
export interface OwnField {
  readonly name: string;
  /** Offsets of the value. */
  readonly start: number;
  readonly end: number;
  /** Equal for equal values, whatever their spelling. */
  readonly meaning: string;
}

export type AnswerShape = 'body' | 'stream';

/**
 * What a provider bills for an answer, in tokens unless said otherwise; `undefined` where the provider did not say. `input` is the
 * whole prompt and `output` the whole answer: the other token counts are parts of them, whatever the provider's form is.
 */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  readonly cachedInput?: number;
  readonly cacheWrite?: number;
  /** Of the input, without what was read from a cache where the provider tells that apart. */
  readonly audioInput?: number;
  readonly reasoning?: number;
  readonly audioOutput?: number;
  /** Pictures that were made. */
  readonly images?: number;
  /** Of sound; may have a fraction. */
  readonly seconds?: number;
}

/**
 * What one stream event means.
 * `open` precedes all content (role chunk, response.created) · `content` is the first proof of an answer and all that follows ·
 * `error` is a failure told in the stream · `end` is the terminal event ([DONE], response.completed).
 */
export type EventKind = 'open' | 'content' | 'error' | 'end' | 'other';

export interface EventFacts {
  readonly kind: EventKind;
  readonly usage?: TokenUsage;
  /** What the prompt is billed, where a stream says it at its beginning; its output is 0. */
  readonly promptUsage?: TokenUsage;
  /** Provider's id of the answer (`chatcmpl-…`, `resp_…`). */
  readonly id?: string;
  /** Provider's message, for kind `error`. */
  readonly message?: string;
  /** For kind `error`: the JSON object that tells of it, in any form that error bodies have. */
  readonly error?: JsonObject;
  /** For kind `end`: nothing but a mark, which carries nothing of an answer (`[DONE]`). */
  readonly mark?: true;
}

/** The verdict over a whole answer. Only `complete` answers may be stored. */
export interface AnswerFacts {
  readonly complete: boolean;
  /**
   * Whether the provider brought the answer to an end that clients accept: true for complete ones, for
   * `response.incomplete`, and for a chat stream whose choices all finished but that lacks `[DONE]`; false for a
   * stream that stops in the middle, a body that is not JSON, and an answer that is an error.
   */
  readonly ended: boolean;
  /** An error event stood in the stream: the client has been told already. */
  readonly failed?: boolean;
  /**
   * Everything of a stream is there but the mark at its end: with a clean end the mark is added, or the clean end is the mark
   * (`endsUnmarked`). The other members then say what holds in that case.
   */
  readonly unmarked?: true;
  /** Complete but for this: it ended at a limit of tokens. Storable where the request itself set one. */
  readonly atLimit?: true;
  /** For an answer that is an error: the JSON object that tells of it. */
  readonly error?: JsonObject;
  /** Why it is not complete, for the log. */
  readonly reason?: string;
  readonly id?: string;
  readonly usage?: TokenUsage;
  /** Ids of reasoning items with encrypted content that the answer carries. */
  readonly encryptedItems: readonly string[];
}

/** Judges a stream while it comes. */
export interface StreamJudge {
  /** Takes the next event. */
  add(event: Buffer): void;
  /** Takes bytes that are one event of the ordinary kind, recognised at a glance; false for all others, which are not taken. */
  addOrdinary(bytes: Buffer): boolean;
  /** The verdict if nothing more comes. */
  verdict(): AnswerFacts;
}

/** What of a recorded stream a client may see, and how it is written. */
export interface StreamView {
  readonly includeUsage: boolean;
  readonly includeObfuscation: boolean;
  /** Server-sent events unless this says otherwise. */
  readonly framing?: StreamFraming | undefined;
}

/** `array`: one JSON array, whose elements are the payloads of the events. */
export type StreamFraming = 'array';

/** Writes the events of one stream in another form than server-sent events. */
export interface StreamFramer {
  readonly contentType: string;
  /** Takes whole events. */
  write(events: Buffer): Buffer;
  /** What closes the stream. */
  end(): Buffer;
}

/** The parts of an error as clients of every family know them. */
export interface ErrorFields {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  /** HTTP status of the answer; families whose errors have a status word derive it from this. */
  readonly status?: number;
  /** Headers of the answer: what `retry-after` says stands in the body of some families, too. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure that is told in a stream. */
export interface StreamFailure {
  readonly message: string;
  readonly type: string;
  readonly code: string;
  /** Status that the answer would have had, where no event of an answer was sent before. */
  readonly status?: number;
  /** Seconds after which the request may be repeated. */
  readonly retry_after?: number;
}

/** A model as clients see it. */
export interface ListedModelEntry {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly owner: string;
}

/** How clients of a family read models. */
export interface ModelListForm {
  /** A page of the list, as the query asks for it. */
  list(models: readonly ListedModelEntry[], query: URLSearchParams): object;
  one(model: ListedModelEntry): object;
}

/** A route of the operation, below `/v1`. */
export interface ProtocolRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `{id}` stands for one segment, the id of a stored answer that the request is about. */
  readonly path: string;
  /** Name in log and metrics. */
  readonly operation: string;
}

/** One wire format of one operation: pure functions over bytes and objects. */
/** How the answer to a list of inputs is made of the answers to each. */
export interface AnswersLists {
  /** The member of the request that has the list. */
  readonly member: string;
  /** The inputs of a list; undefined where the request has no list, or one of more inputs than lists are taken apart for. */
  readonly inputs: (body: JsonObject) => readonly Json[] | undefined;
  /** The answers that each of these inputs would have had; undefined where the answer is not one to them. */
  readonly split: (answer: Buffer, inputs: readonly Json[]) => readonly Buffer[] | undefined;
  /** The answer to all of them, in this order. */
  readonly join: (answers: readonly Buffer[]) => Buffer;
}

export interface Protocol {
  readonly id: OperationId;
  /** Whose API it belongs to: one form of errors for all of its operations. */
  readonly family: ProtocolFamily;
  readonly routes: readonly ProtocolRoute[];
  /** The facts depend on path and query as well: the model is named there. */
  readonly factsFromHead?: true;
  /**
   * Path below the base URL, without the version, e.g. `/chat/completions`. Where `{model}` stands in it, the provider puts
   * the name of the model at the endpoint, and the body has no member `model` at its top.
   */
  readonly path: string;
  /** What names of models may begin with and is no part of them: `models/` of Gemini. */
  readonly collection?: string;
  /** The model that a path of this family names, below the version; of no use where the body names it. */
  modelIn?(path: string): string | undefined;
  /**
   * Request headers of the client, lower case, that endpoints of this protocol may see besides those that every endpoint may
   * (`anthropic-version`). They are sent by `endpointRequest`; a header of the same name that the provider gives wins.
   */
  readonly forwards?: readonly string[];
  /** Edits that put the endpoint's name of the model in the places where the body repeats the one of the path. */
  renameModel?(body: Buffer, name: string): readonly JsonEdit[];
  /** Parameters of the query that say how a stream is written: they are in no cache key. */
  readonly shapeParameters?: readonly string[];
  readonly streams: boolean;
  /** Of an operation that answers a list of inputs one by one. */
  readonly lists?: AnswersLists;
  /** The event that closes every stream and says nothing else, where there is one. */
  readonly endMark?: Buffer;
  /** Streams have no mark at their end: what says it is that the answer ends cleanly. */
  readonly endsUnmarked?: true;
  /** For an operation that counts tokens: its answer. */
  countedTokens?(tokens: number): JsonObject;
  /** Whether usage comes on a stream only when `stream_options.include_usage` asks for it. */
  readonly injectsUsage: boolean;
  /** Whether the provider keeps the answers, so that later requests can name their ids. */
  readonly storesResponses: boolean;
  /** Reads a parsed request body; some families name the model in the path. Throws ProxyError (400 family) naming the parameter. */
  facts(body: JsonObject, head?: RequestHead): RequestFacts;
  /** An error of the proxy's own as clients of this family read it. */
  errorBody(error: ErrorFields): Buffer;
  /** Reads one whole SSE event (its bytes, with the blank line). Never throws: what cannot be read is `other`. */
  readEvent(event: Buffer): EventFacts;
  /** The generated text that an event carries, tool arguments and visible reasoning included; '' for none. Never throws. */
  outputText(event: Buffer): string;
  /** Judges a whole unary body. */
  judgeBody(body: Buffer): AnswerFacts;
  /** Judges a whole stream, event by event. */
  judgeStream(events: readonly Buffer[]): AnswerFacts;
  /** The same for a stream that is still coming. */
  streamJudge(): StreamJudge;
  /** The unary answer that the same generation would have given (bytes of a JSON object). Only for complete streams. */
  streamToBody(events: readonly Buffer[]): Buffer;
  /** The stream that the same generation would have given, event by event. Only for complete bodies. */
  bodyToStream(body: Buffer): Buffer[];
  /** The event as a client with this view sees it: the same buffer when nothing must change, undefined when it is not shown. */
  show(event: Buffer, view: StreamView): Buffer | undefined;
  /** Texts (ASCII) of which an event has one at least when `show` changes or hides it; absent = only `show` knows. */
  readonly marks?: readonly string[];
  /** What writes the stream for a client that does not take server-sent events; undefined for all others. */
  framer?(view: StreamView): StreamFramer | undefined;
  /** Where an answer (a body, or whole events) repeats fields of the request that name its caller. */
  findOwnFields(answer: Buffer, shape: AnswerShape): readonly OwnField[];
  /** The answer with this caller's fields in these places; the same buffer when nothing must change. */
  fillOwnFields(answer: Buffer, places: readonly OwnField[], own: OwnFields): Buffer;
  /**
   * An event that tells the client of a failure in the middle of the stream, after which the socket is cut. Responses
   * events are numbered: `sequenceNumber` is how many were sent before.
   */
  errorEvent(error: StreamFailure, sequenceNumber?: number): Buffer;
}
