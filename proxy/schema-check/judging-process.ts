import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CHILD_HEAP_MIB } from './limits.ts';
import type { ChildMessage, ChildQuestion, SchemaVerdict } from './types.ts';

export interface JudgingEvents {
  /** It can take questions; those that were asked before wait in it. */
  ready(): void;
  verdict(verdict: SchemaVerdict): void;
  /** It has ended by itself. */
  broken(): void;
}

/** It may read files (its own code) and nothing else of the machine; its heap is bounded. */
const OPTIONS = ['--permission', '--allow-fs-read=*', `--max-old-space-size=${CHILD_HEAP_MIB}`];

/**
 * The process that judges answers. No thread: one that runs out of memory may take the whole process with it. It has no
 * environment, no output, and does not keep the proxy alive; it ends with it.
 */
export class JudgingProcess {
  readonly #child: ChildProcess;
  #events: JudgingEvents | undefined;
  #ready = false;

  constructor(events: JudgingEvents) {
    this.#events = events;
    const file = import.meta.url.endsWith('.ts') ? 'child.ts' : 'child.js';
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
      env: {},
      execArgv: OPTIONS,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (message: ChildMessage) => this.#hear(message));
    this.#child.on('error', () => this.#broke());
    this.#child.on('exit', () => this.#broke());
    this.#child.unref();
    this.#child.channel?.unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isReady(): boolean {
    return this.#ready;
  }

  /** Asked one at a time. */
  ask(question: ChildQuestion): void {
    this.#child.send(question, (error) => {
      if (error) this.#broke();
    });
  }

  /** Ends it, whatever it is doing: nothing is heard of it any more. */
  end(): void {
    this.#events = undefined;
    this.#child.kill('SIGKILL');
  }

  #hear(message: ChildMessage): void {
    if (message === 'ready') {
      this.#ready = true;
      this.#events?.ready();
    } else this.#events?.verdict(message);
  }

  #broke(): void {
    const events = this.#events;
    this.end();
    events?.broken();
  }
}
