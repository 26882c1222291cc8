import type { WholeStream } from '../cache/recorder.ts';
import type { Outcome } from '../core/outcome.ts';
import { PROTOCOLS } from '../protocols/table.ts';
import type { AnswerFacts } from '../protocols/types.ts';
import type { RefusedAnswer } from './answer.ts';
import type { IntakeEvents, WithheldAnswer } from './intake.ts';
import { StreamIntake } from './stream-intake.ts';

/** What an intake has reported. */
export class Events implements IntakeEvents {
  readonly calls: string[] = [];
  readonly pushed: Buffer[] = [];
  outcome: Outcome | undefined;
  answer: RefusedAnswer | undefined;
  withheld: WithheldAnswer | undefined;
  facts: AnswerFacts | undefined;
  whole: WholeStream | undefined;
  head: { answerId?: string; length?: number } | undefined;
  keepsLog = true;

  commit(head: { answerId?: string; length?: number }): void {
    this.calls.push('commit');
    this.head = head;
  }
  refuse(outcome: Outcome, answer?: RefusedAnswer, withheld?: WithheldAnswer): void {
    this.calls.push('refuse');
    this.outcome = outcome;
    this.answer = answer;
    this.withheld = withheld;
  }
  finish(outcome: Outcome, facts?: AnswerFacts, whole?: WholeStream): void {
    this.calls.push('finish');
    this.outcome = outcome;
    this.facts = facts;
    this.whole = whole;
  }
  push(bytes: Buffer): void {
    this.pushed.push(bytes);
  }
  log(): readonly Buffer[] | undefined {
    return this.keepsLog ? this.pushed : undefined;
  }
  firstEvent(): void {
    this.calls.push('first');
  }
  get text(): string {
    return Buffer.concat(this.pushed).toString();
  }
}

/** A stream of chat completions; `keepsLog`: whether it is short enough to be kept. */
export function stream(keepsLog = true): { events: Events; feed: (text: string) => void; intake: StreamIntake } {
  const events = new Events();
  events.keepsLog = keepsLog;
  const intake = new StreamIntake(PROTOCOLS['chat.completions'], events);
  return { events, intake, feed: (text) => intake.onData(Buffer.from(text)) };
}
