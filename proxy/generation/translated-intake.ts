import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { PROTOCOLS } from '../protocols/table.ts';
import { providerOf } from '../providers/table.ts';
import type { Endpoint } from '../routing/types.ts';
import type { Family } from '../translate/conversation.ts';
import { AnswerTranslation, translateRequest } from '../translate/translation.ts';
import type { WrittenRequest } from '../translate/types.ts';
import { ReceivedRequest } from '../wire/http.ts';
import { requestObject } from '../wire/json-object.ts';
import { EventTooLargeError } from '../wire/sse.ts';
import { HOLD_LIMIT } from './body-intake.ts';
import type { Intake } from './intake.ts';
import type { GenerationRequest } from './request.ts';

const CLIENT: Family = 'responses';
const ENDPOINT: Family = 'chat';
const OPEN_BRACE = 0x7b;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A request of Responses for an endpoint that knows chat completions alone, and the way back of its answer. */
export interface TranslatedCall {
  /** The request in the endpoint's family. */
  readonly request: GenerationRequest;
  /** The client's fields that could not be told. */
  readonly dropped: readonly string[];
  /** Puts the translation in front of what reads an answer of the client's protocol. */
  intake(inner: Intake, now: number): Intake;
}

/** Undefined where the endpoint knows the client's protocol. Throws ProxyError (400) naming a field that cannot be told. */
export function translatedCall(request: GenerationRequest, endpoint: Endpoint): TranslatedCall | undefined {
  const { protocol, facts, view, opaque } = request;
  if (opaque || !protocol.storesResponses || endpoint.responses !== 'translated') return undefined;
  const body = requestObject(view.body);
  const written = translateRequest({ from: CLIENT, to: ENDPOINT }, body, {
    model: endpoint.upstreamModel ?? facts.model,
    provider: providerOf(endpoint).simulates ? 'mock' : 'compatible',
    strict: false,
    acceptsSeal: () => true,
  });
  const context = { model: facts.model, random: { alnum }, includeUsage: true, request: body };
  return {
    request: inFamily(request, written, endpoint),
    dropped: written.dropped,
    intake: (inner, now) =>
      new TranslatedIntake(
        inner,
        new AnswerTranslation({
          from: ENDPOINT,
          to: CLIENT,
          context: { ...context, now },
          ...(written.hints ? { hints: written.hints } : {}),
        }),
      ),
  };
}

/** The head of a translated answer: its length is another. */
export function translatedHeaders({ 'content-length': length, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders {
  return length === undefined ? headers : { 'transfer-encoding': 'chunked', ...headers };
}

function inFamily(request: GenerationRequest, { body }: WrittenRequest, endpoint: Endpoint): GenerationRequest {
  const { facts, view } = request;
  const model = endpoint.upstreamModel ?? facts.model;
  const { scan: _scan, extraCache: _extra, ...rest } = request;
  return {
    ...rest,
    protocol: PROTOCOLS['chat.completions'],
    view: new ReceivedRequest(view, [Buffer.from(JSON.stringify(body))]),
    facts: { ...facts, model, cache: undefined },
  };
}

/** Reads an answer of another family: what the inner intake is given is one of the client's. */
class TranslatedIntake implements Intake {
  readonly #inner: Intake;
  readonly #translation: AnswerTranslation;
  #kind: 'unknown' | 'events' | 'body' = 'unknown';
  #held: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(inner: Intake, translation: AnswerTranslation) {
    this.#inner = inner;
    this.#translation = translation;
  }

  onData(chunk: Buffer): void {
    if (this.#isOver || chunk.length === 0) return;
    if (this.#kind === 'unknown') this.#kind = firstByte(chunk) === OPEN_BRACE ? 'body' : 'events';
    if (this.#kind === 'events') this.#pass(() => this.#translation.push(chunk));
    else this.#hold(chunk);
  }

  onEnd(): void {
    if (this.#isOver) return;
    if (this.#kind === 'body') this.#pass(() => this.#translation.body(Buffer.concat(this.#held)));
    else this.#pass(() => this.#translation.end());
    if (!this.#isOver) this.#inner.onEnd();
  }

  onFailure(failure: Parameters<Intake['onFailure']>[0]): void {
    if (!this.#isOver) this.#inner.onFailure(failure);
  }

  #hold(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#held.push(chunk);
    if (this.#bytes > HOLD_LIMIT) this.#fail(`a body of more than ${HOLD_LIMIT} bytes cannot be translated`);
  }

  #pass(translate: () => Buffer): void {
    try {
      const written = translate();
      if (written.length > 0) this.#inner.onData(written);
    } catch (error) {
      if (!(error instanceof EventTooLargeError)) throw error;
      this.#fail(error.message);
    }
  }

  #fail(reason: string): void {
    this.#isOver = true;
    this.#inner.onFailure({ kind: 'cut', reason });
  }
}

function firstByte(chunk: Buffer): number | undefined {
  return chunk.find((byte) => byte > 0x20);
}

/** Letters and digits that cannot be guessed. */
function alnum(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
