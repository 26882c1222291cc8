import { lastBoundary } from '../wire/sse.ts';
import type { AnswerFacts, TokenUsage } from './types.ts';

/** An answer that may not be stored. Not ended either, unless `facts` says so. */
export function incomplete(reason: string, facts: Partial<AnswerFacts> = {}): AnswerFacts {
  return { complete: false, ended: false, reason, encryptedItems: [], ...facts };
}

export interface Identity {
  readonly id?: string;
  readonly usage?: TokenUsage;
}

/** What is known of an answer beside the verdict; empty members are left out. */
export function identity(id: unknown, usage: TokenUsage | undefined): Identity {
  return { ...(typeof id === 'string' && id !== '' ? { id } : {}), ...(usage === undefined ? {} : { usage }) };
}

/** Whether the event is closed by its blank line. An event cut short by the end of the stream is not. */
export function isWhole(event: Buffer): boolean {
  return lastBoundary(event) === event.length || event.toString('latin1').endsWith('\r\r');
}
