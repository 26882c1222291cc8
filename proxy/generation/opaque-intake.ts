import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../core/outcome.ts';
import type { Endpoint } from '../routing/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import type { OpaqueRequest } from './opaque-request.ts';
import { opaqueUsage, type OpaqueUsage } from './opaque-usage.ts';
import { ownKeyBytes } from './own-secrets.ts';
import { SecretStream } from './secret-stream.ts';

/** More bytes of an answer than this are not kept for `learn`. */
const LEARN_LIMIT = 64 * 1024;

export interface OpaqueAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly endpoint: Endpoint;
}

/**
 * Passes a good answer on byte for byte, whatever it is: sound, pictures, events, JSON. It commits with the first byte of
 * the body; until then another endpoint can take over.
 */
export class OpaqueIntake implements Intake {
  readonly #opaque: OpaqueRequest;
  readonly #answer: OpaqueAnswer;
  readonly #events: IntakeEvents;
  readonly #mask: SecretStream;
  readonly #usage: OpaqueUsage | undefined;
  #committed = false;
  #kept: Buffer[] | undefined;
  #bytes = 0;

  constructor(opaque: OpaqueRequest, answer: OpaqueAnswer, events: IntakeEvents) {
    this.#opaque = opaque;
    this.#answer = answer;
    this.#events = events;
    this.#mask = new SecretStream(ownKeyBytes(answer.endpoint));
    this.#usage = opaque.metered ? opaqueUsage(answer.headers) : undefined;
    this.#kept = opaque.learn ? [] : undefined;
  }

  onData(chunk: Buffer): void {
    this.#commit();
    this.#keep(chunk);
    this.#usage?.push(chunk);
    this.#push(this.#mask.push(chunk));
  }

  onEnd(): void {
    this.#commit();
    this.#push(this.#mask.end());
    this.#learn();
    this.#finish({ kind: 'ok', status: this.#answer.status });
  }

  onFailure(failure: UpstreamFailure): void {
    const { kind, reason } = failure;
    if (!this.#committed) this.#events.refuse({ kind: kind === 'cut' ? 'bad_answer' : kind, reason });
    else {
      this.#push(this.#mask.end());
      this.#finish({ kind, reason });
    }
  }

  #finish(outcome: Outcome): void {
    const usage = this.#usage?.end();
    const ended = outcome.kind === 'ok';
    if (usage === undefined) this.#events.finish(outcome);
    else this.#events.finish(outcome, { complete: ended, ended, encryptedItems: [], usage });
  }

  #commit(): void {
    if (this.#committed) return;
    this.#committed = true;
    this.#events.firstEvent();
    this.#events.commit({});
  }

  #push(bytes: Buffer): void {
    if (bytes.length > 0) this.#events.push(bytes);
  }

  #keep(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > LEARN_LIMIT) this.#kept = undefined;
    else this.#kept?.push(chunk);
  }

  #learn(): void {
    const { endpoint, headers } = this.#answer;
    if (this.#kept) this.#opaque.learn?.({ endpoint: endpoint.id, headers, body: Buffer.concat(this.#kept) });
  }
}
