import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../core/outcome.ts';
import type { Endpoint } from '../routing/types.ts';
import type { UpstreamFailure } from '../upstream/types.ts';
import { madeBy } from './answer.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import { LEARN_LIMIT, type OpaqueRequest } from './opaque-request.ts';
import { opaqueUsage, type OpaqueUsage } from './opaque-usage.ts';
import { ownKeyBytes } from './own-secrets.ts';
import { SecretStream } from './secret-stream.ts';

export interface OpaqueAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly endpoint: Endpoint;
}

/**
 * Passes a good answer on byte for byte, whatever it is: sound, pictures, events, JSON. It commits with the first byte of
 * the body; until then another endpoint can take over. An object that is learnt from is passed on when it is whole: its client may
 * ask for what it names at once.
 */
export class OpaqueIntake implements Intake {
  readonly #opaque: OpaqueRequest;
  readonly #answer: OpaqueAnswer;
  readonly #events: IntakeEvents;
  readonly #mask: SecretStream;
  readonly #usage: OpaqueUsage | undefined;
  #committed = false;
  #kept: Buffer[] | undefined;
  /** What was not passed on yet. */
  #held: Buffer[] | undefined;
  #bytes = 0;

  constructor(opaque: OpaqueRequest, answer: OpaqueAnswer, events: IntakeEvents) {
    this.#opaque = opaque;
    this.#answer = answer;
    this.#events = events;
    this.#mask = new SecretStream(ownKeyBytes(answer.endpoint));
    this.#usage = opaque.billed === 'now' ? opaqueUsage(answer.headers) : undefined;
    this.#kept = opaque.learn ? [] : undefined;
    const isObject = /json/i.test(answer.headers['content-type'] ?? '');
    this.#held = opaque.learn && isObject ? [] : undefined;
  }

  onData(chunk: Buffer): void {
    this.#commit();
    this.#keep(chunk);
    this.#usage?.push(chunk);
    this.#push(this.#mask.push(chunk));
  }

  onEnd(): void {
    this.#commit();
    this.#learn();
    this.#release();
    this.#push(this.#mask.end());
    this.#finish({ kind: 'ok', status: this.#answer.status });
  }

  onFailure(failure: UpstreamFailure): void {
    const { kind, reason } = failure;
    if (!this.#committed) this.#events.refuse({ kind: kind === 'cut' ? 'bad_answer' : kind, reason });
    else {
      this.#release();
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
    if (this.#held) this.#held.push(bytes);
    else if (bytes.length > 0) this.#events.push(bytes);
  }

  #keep(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= LEARN_LIMIT) this.#kept?.push(chunk);
    else {
      this.#kept = undefined;
      this.#release();
    }
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const bytes of held) this.#push(bytes);
  }

  #learn(): void {
    const { endpoint, headers } = this.#answer;
    if (this.#kept) this.#opaque.learn?.({ ...madeBy(endpoint), headers, body: Buffer.concat(this.#kept) });
  }
}
