import type { PromptCache } from '../generation/prompt-cache.ts';
import type { Random } from '../generation/random.ts';
import type { Tokenizer } from '../generation/tokenizer.ts';
import type { Turn } from '../generation/prompt.ts';
import type { ScriptedAnswer } from '../generation/script.ts';
import type { Violation } from '../refusals/violation.ts';

export type { Random } from '../generation/random.ts';
export type { Tokenizer } from '../generation/tokenizer.ts';
export type { ScriptedAnswer } from '../generation/script.ts';

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Everything a dialect needs to know besides the request: identity of the server, clock and random are injected. */
export interface DialectContext {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** One per request; unguessable unless a seed was configured. */
  readonly random: Random;
  /** One per server: it caches counts. */
  readonly tokenizer: Tokenizer;
  /** `openai-organization`, e.g. `org-mock`. */
  readonly organization: string;
  /** `openai-project`, `proj_` and 24 alphanumerics. */
  readonly project: string;
  /** `openai-version`, `2020-10-01`. */
  readonly version: string;
  /** Appended to text answers as ` [40123]`. */
  readonly tag?: string | undefined;
  /** Another number for each request of a server whose texts differ from call to call. */
  readonly variation?: number | undefined;
  /** When set, only these model names exist. */
  readonly models?: readonly string[] | undefined;
  /** When set, only these API keys are accepted. */
  readonly keys?: readonly string[] | undefined;
  /** An answer given by a rule instead of the default generation. */
  readonly scripted?: ScriptedAnswer | undefined;
  readonly state: ResponseStore;
  /** What the endpoint remembers of prompts, for `cached_tokens`. Absent: nothing is ever cached. */
  readonly promptCache?: PromptCache | undefined;
  /** What requests made besides responses: files, jobs, vector stores… */
  readonly objects: ObjectStore;
  /** An id that was never made is invented instead of refused. */
  readonly lenientIds: boolean;
  /** Milliseconds that a job stays in each of its states (batches, fine-tuning, videos…). */
  readonly jobStageMs: number;
  /** The request that is answered, for families whose errors depend on it. */
  readonly asked?: DialectRequest | undefined;
  /** The tenant that asks; empty for requests that name none. */
  readonly tenant?: string | undefined;
  /** Is given responses that are not stored, for those that go on from them on the same connection. */
  readonly unstored?: ((response: StoredResponse) => void) | undefined;
  /** Tells webhook endpoints what becomes of things. */
  readonly webhooks?: WebhookPort | undefined;
  /** Stands before every operation: strictness and rate limits. Absent while both are off. */
  readonly admission?: Admission | undefined;
}

/** Something whose end webhook endpoints are told about. */
export interface Announced {
  readonly id: string;
  /** Its status as it is now; undefined when it is no more. */
  readonly status: () => string | undefined;
  /** The event that a status is announced with; a status that has one is the last. */
  readonly events: Readonly<Record<string, string>>;
}

export interface WebhookPort {
  /** Why nothing may be delivered to an address; undefined when it may. */
  refusal(url: string): string | undefined;
  announce(announced: Announced): void;
  /** Sends an event to one endpoint, whether it has subscribed to it or not. */
  test(endpointId: string, type: string): void;
}

/** Refuses a request, or has the operation answer it; may rewrite the headers of either. The key and the JSON were checked before. */
export type Admission = (operation: Operation, request: DialectRequest, context: DialectContext) => Reply;

/** Tokens that the provider bills for an answer. */
export interface BilledTokens {
  readonly input: number;
  /** Includes reasoning. */
  readonly output: number;
  /** Of the output: what was thought before the first visible token. Default 0. */
  readonly reasoning?: number | undefined;
}

export interface DialectRequest {
  readonly method: string;
  /** Path without the query, percent-decoding left as it came. */
  readonly path: string;
  /** Values of the `{name}` segments of {@link Operation.path}, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Lowercase names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; `undefined` when the request had no body or when it could not be parsed. */
  readonly body: unknown;
  readonly rawBody: Buffer;
}

/** Whose API is spoken: errors, headers and keys go by it. */
export type FamilyId = 'openai' | 'anthropic' | 'gemini' | 'azure';

/** What rules, limits, faults and the journal read in a request, where that does not stand where OpenAI has it. */
export interface RequestReads {
  /** Default: `model` of the body. */
  model?(request: Pick<DialectRequest, 'params' | 'body'>): string | undefined;
  /** Whether a stream is asked for. Default: `stream` of the body. */
  stream?(request: Pick<DialectRequest, 'params' | 'query' | 'body'>): boolean;
  /** The body with what is kept of the conversation that it continues; `turns` and `tools` read that. Default: the body as it came. */
  whole?(body: unknown, objects: Pick<ObjectStore, 'get'>): unknown;
  /** The conversation, system text first. Absent: there is none, and the default looks at `messages` and `input`. */
  turns?(body: unknown): readonly Turn[];
  /** Names of the tools that are offered. */
  tools?(body: unknown): readonly string[];
  /** Tokens of the prompt, by the formula that usage is counted with. */
  promptTokens?(request: DialectRequest, context: DialectContext): number;
  /** The most tokens that all answers together may have. Default: `max_tokens` and its kin. */
  mostAnswered?(body: unknown): number;
  /** The request as it were if it asked, or did not ask, for a stream. Default: `stream` of the body. */
  asStream?(request: DialectRequest, stream: boolean): DialectRequest;
}

export interface StrictRefusal extends Violation {
  /** The whole refusal. */
  readonly reply: JsonReply;
}

export interface Operation {
  /** `chat.completions`, `responses`, `responses.retrieve` … */
  readonly id: string;
  /** Default `openai`. Of operations with the same method and path, the request's family answers. */
  readonly family?: FamilyId | undefined;
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH' | 'PUT';
  /**
   * `/v1/responses/{id}/cancel`, `/v1beta/models/{model}:countTokens`: one `{name}` a segment, with literal text around it. Where a
   * literal and a name both match, the literal wins.
   */
  readonly path: string;
  /** It makes text: rules that name no operation answer it. */
  readonly generates?: boolean | undefined;
  /** Where the request differs from OpenAI's. */
  readonly reads?: RequestReads | undefined;
  /** Method and path of the operation by whose rules requests are judged strictly. Default: its own. */
  readonly strictAs?: string | undefined;
  /** Models have names that their owners gave them, so that none is unknown. */
  readonly ownModels?: boolean | undefined;
  /** Why the provider would refuse a request that could be answered, where that is not told by a table of rules. */
  refuses?(request: DialectRequest, level: 'spec' | 'openai', context: DialectContext): StrictRefusal | undefined;
  /** Bytes of the largest body that the provider takes. */
  readonly mostBytes?: number | undefined;
  /** Takes bodies that are neither JSON nor a form. */
  readonly takesEveryBody?: boolean | undefined;
  /** Never throws for a bad request: that is an error reply. */
  handle(request: DialectRequest, context: DialectContext): Reply;
}

export type Reply = JsonReply | BinaryReply | StreamReply;

/** A body that is no text: a file's content, audio, an archive. */
export interface BinaryReply {
  readonly kind: 'binary';
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
  readonly billed?: BilledTokens | undefined;
  readonly recorded?: RecordedWire | undefined;
}

export interface JsonReply {
  readonly kind: 'json';
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
  /** Tokens of the visible answer, for pacing: as many as the same answer streamed. */
  readonly tokens: number;
  /** Absent for answers that cost nothing. */
  readonly billed?: BilledTokens | undefined;
  readonly recorded?: RecordedWire | undefined;
}

export interface StreamReply {
  readonly kind: 'stream';
  readonly status: number;
  readonly headers: HeaderList;
  readonly events: Iterable<StreamEvent>;
  readonly billed?: BilledTokens | undefined;
  readonly recorded?: RecordedWire | undefined;
}

/** An answer that once came over a wire, as it came: written in place of the reply when no fault is to spoil that. */
export interface RecordedWire {
  readonly headers: HeaderList;
  /** A byte a character (`latin1`). `atMs` is counted from the head on. */
  readonly reads: Iterable<StreamEvent>;
  /** Milliseconds before the head. */
  readonly delayMs: number;
  /** At their own times; else at once. */
  readonly timed: boolean;
  /** The connection ended before the answer did. */
  readonly broken: boolean;
}

/** One SSE event as it goes on the wire, whole, with its blank line. */
export interface StreamEvent {
  readonly bytes: string;
  /** Tokens this event stands for: pacing. */
  readonly tokens: number;
  /** The first `content` event is what "first event delay" counts to. */
  readonly kind: 'open' | 'content' | 'close';
  /** Milliseconds after the start of the answer, whatever the pace says. */
  readonly atMs?: number | undefined;
}

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled';

/** A response kept for later: plain data, replaced as a whole when its status changes. */
export interface StoredResponse {
  readonly id: string;
  readonly status: ResponseStatus;
  readonly background: boolean;
  /** Unix seconds. */
  readonly createdAt: number;
  /** Compact JSON of the object in its present status. */
  readonly body: string;
  /** Background only: what the body becomes when the work is done, and when it is cancelled. */
  readonly later?:
    | {
        readonly status: ResponseStatus;
        readonly body: string;
        readonly cancelledBody: string;
        /** Epoch milliseconds; the work begins when it is first asked for. */
        readonly startedAt?: number | undefined;
      }
    | undefined;
  /** Compact JSON of the input items, oldest first. */
  readonly inputItems: readonly string[];
  /** The whole conversation up to and including the answer, for `previous_response_id`. */
  readonly turns: readonly Turn[];
  /** Kept for responses that were created with `stream` and `background`. */
  readonly events?: readonly StreamEvent[] | undefined;
}

export interface ResponseStore {
  get(id: string): StoredResponse | undefined;
  /** Adds, or replaces the one with the same id. */
  put(response: StoredResponse): void;
  /** `false` when there was none. */
  delete(id: string): boolean;
  /** The first one that fits, by looking at all of them. */
  find(fits: (response: StoredResponse) => boolean): StoredResponse | undefined;
}

/** One object that a request made: replaced as a whole when it changes. */
export interface StoredObject {
  readonly id: string;
  /** What is shown, in the order of its keys. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What is remembered with it and never shown. */
  readonly hidden: Readonly<Record<string, unknown>>;
  /** Content of a file. */
  readonly content?: Buffer | undefined;
}

/** Objects in collections, each named by its path: `/v1/vector_stores/vs_1/files`. */
export interface ObjectStore {
  get(collection: string, id: string): StoredObject | undefined;
  /** Adds as the newest, or replaces in its place the one with the same id. */
  put(collection: string, object: StoredObject): void;
  /** `false` when there was none. */
  delete(collection: string, id: string): boolean;
  /** Oldest first. */
  all(collection: string): readonly StoredObject[];
  /** Forgets all collections below a path. */
  drop(path: string): void;
}
