import type { Message } from './messages.ts';

/** Questions that may be open in one direction; more are not answered. */
const MOST_OPEN = 10_000;
/** Messages that may wait for the other process to read; what is offered beyond them is dropped. */
const MOST_UNSENT = 10_000;

/** The other process, as node:child_process shows it. */
export interface Port {
  /** False once it cannot be heard any more. */
  readonly connected: boolean;
  /** `sent` is called once the message has left this process. */
  send(message: unknown, sent: (error: Error | null) => void): void;
}

interface Asked {
  readonly what: string;
}

export interface ChannelOptions<Question, Note> {
  /** Answers a question of the other side; undefined, or a rejection = it cannot be answered. `part` sends a piece before. */
  readonly answer: (question: Question, part: (text: string) => Promise<void>) => unknown;
  readonly note: (note: Note) => void;
}

interface Open {
  readonly resolve: (answer: unknown) => void;
  readonly onPart: (text: string) => void;
  timer: NodeJS.Timeout;
  readonly timeoutMs: number;
}

/**
 * Questions, answers and notes between the primary and one worker. Each question has a time; a process that hangs or is gone costs
 * the one that asks it that time and nothing else. Nothing here throws or rejects.
 */
export class Channel<Ask extends Asked, Answers, OwnNote, Heard extends Asked, HeardNote> {
  readonly #port: Port;
  readonly #options: ChannelOptions<Heard, HeardNote>;
  readonly #open = new Map<number, Open>();
  #next = 0;
  #unsent = 0;

  constructor(port: Port, options: ChannelOptions<Heard, HeardNote>) {
    this.#port = port;
    this.#options = options;
  }

  notify(note: OwnNote): void {
    this.#send({ kind: 'note', note });
  }

  /** As `notify`, of what may be dropped where the other process does not read. */
  offer(note: OwnNote): void {
    if (this.#unsent < MOST_UNSENT) this.notify(note);
  }

  /**
   * The answer; undefined when there is none within `timeoutMs` of the question and of each part of it, when the other process is gone, or
   * too many questions wait.
   */
  ask<Question extends Ask & { readonly what: keyof Answers }>(
    question: Question,
    timeoutMs: number,
    onPart: (text: string) => void = () => undefined,
  ): Promise<Answers[Question['what']] | undefined> {
    if (this.#open.size >= MOST_OPEN || this.#unsent >= MOST_UNSENT || !this.#port.connected)
      return Promise.resolve(undefined);
    const id = (this.#next += 1);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#open.set(id, { resolve, onPart, timeoutMs, timer: this.#timer(id, timeoutMs) });
    this.#send({ kind: 'ask', id, question });
    return promise as Promise<Answers[Question['what']] | undefined>;
  }

  /** Takes a message of the other side. */
  hear(message: unknown): void {
    const heard = message as Message<Heard, HeardNote>;
    if (heard.kind === 'note') this.#options.note(heard.note);
    else if (heard.kind === 'ask') void this.#answer(heard.id, heard.question);
    else if (heard.kind === 'answer') this.#end(heard.id, heard.answer);
    else this.#part(heard.id, heard.text);
  }

  /** The other process is gone: what was asked has no answer. */
  close(): void {
    for (const id of this.#open.keys()) this.#end(id, undefined);
  }

  async #answer(id: number, question: Heard): Promise<void> {
    const part = (text: string): Promise<void> =>
      new Promise((resolve) => {
        this.#send({ kind: 'part', id, text }, resolve);
      });
    let answer: unknown;
    try {
      answer = await this.#options.answer(question, part);
    } catch {
      // Without an answer the other side knows that there is none.
    }
    this.#send({ kind: 'answer', id, answer });
  }

  #part(id: number, text: string): void {
    const open = this.#open.get(id);
    if (!open) return;
    clearTimeout(open.timer);
    open.timer = this.#timer(id, open.timeoutMs);
    open.onPart(text);
  }

  #end(id: number, answer: unknown): void {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    open.resolve(answer);
  }

  #timer(id: number, ms: number): NodeJS.Timeout {
    // After a long turn of this process the answer may have come and not been read yet.
    return setTimeout(() => setImmediate(() => this.#end(id, undefined)), ms).unref();
  }

  #send(message: Message<Ask, OwnNote>, sent: () => void = () => undefined): void {
    if (!this.#port.connected) {
      sent();
      return;
    }
    this.#unsent += 1;
    const left = (): void => {
      this.#unsent -= 1;
      sent();
    };
    try {
      // An error means that the other process has ended, which is heard of by itself.
      this.#port.send(message, left);
    } catch {
      left();
    }
  }
}
