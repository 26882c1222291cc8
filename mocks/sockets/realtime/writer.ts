import { realtimeId } from '../../dialects/realtime/ids.ts';
import type { Random } from '../../dialects/reply.ts';
import type { Body } from '../../dialects/validate.ts';
import type { Step } from '../host.ts';

const BLOCK = 16;

/** Events with their ids, as text. */
export class EventWriter {
  readonly #random: Random;
  readonly #now: () => number;

  constructor(random: Random, now: () => number) {
    this.#random = random;
    this.#now = now;
  }

  id(prefix: string): string {
    return realtimeId(prefix, this.#random, this.#now());
  }

  text(type: string, fields: Body): string {
    return JSON.stringify({ type, event_id: this.id('event'), ...fields });
  }

  step(type: string, fields: Body, kind: Step['kind'] = 'open', sent?: () => void): Step {
    return { text: this.text(type, fields), tokens: 0, kind, sent };
  }

  /** A piece of text, padded so that its length says nothing. */
  delta(type: string, fields: Body, delta: string, sent?: () => void): Step {
    const hidden = this.#random.alnum((BLOCK - (delta.length % BLOCK)) % BLOCK);
    return { text: this.text(type, { ...fields, delta, obfuscation: hidden }), tokens: 1, kind: 'content', sent };
  }

  error(
    error: { type: string; code: string | null; message: string; param: string | null },
    clientId?: unknown,
  ): string {
    const { type, code, message, param } = error;
    return this.text('error', { error: { type, code, message, param, event_id: clientId ?? null } });
  }
}
