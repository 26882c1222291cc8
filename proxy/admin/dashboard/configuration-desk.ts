import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PlainOrigin } from '../../config/plain-origin.ts';
import { ProxyError } from '../../core/errors.ts';
import type { ShownCheck, ShownConfiguration } from './configuration-views.ts';

export interface ConfigurationJob {
  readonly origin: PlainOrigin;
  /** To be judged; left out = what is in force is described. */
  readonly text?: string;
}

const LIMIT_MS = 30_000;
const MOST_WAITING = 8;
/** It may read files, as its own code is, but write none and start nothing; its heap is bounded. */
const OPTIONS = ['--permission', '--allow-fs-read=*', '--max-old-space-size=512'];

/**
 * Has configurations read in a process of its own, one after the other: a long text takes seconds and much memory, and requests must not wait for
 * it. That process has no environment but what its job brings.
 */
export class ConfigurationDesk {
  readonly #limitMs: number;
  readonly #mostWaiting: number;
  readonly #program: string;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor({ limitMs = LIMIT_MS, mostWaiting = MOST_WAITING, program = process.execPath } = {}) {
    this.#limitMs = limitMs;
    this.#mostWaiting = mostWaiting;
    this.#program = program;
  }

  /** Rejects with ProxyError where too many wait, or where it takes too long. */
  describe(origin: PlainOrigin): Promise<ShownConfiguration> {
    return this.#inTurn({ origin }) as Promise<ShownConfiguration>;
  }

  /** Rejects with ProxyError where too many wait, or where the text takes too long or too much memory. */
  check(origin: PlainOrigin, text: string): Promise<ShownCheck> {
    return this.#inTurn({ origin, text }) as Promise<ShownCheck>;
  }

  async #inTurn(job: ConfigurationJob): Promise<unknown> {
    if (this.#waiting >= this.#mostWaiting) {
      throw new ProxyError('too_many_texts', `${this.#mostWaiting} texts wait already to be read. Try again later.`);
    }
    this.#waiting += 1;
    const turn = this.#last.then(() => answerOf(job, this.#limitMs, this.#program));
    this.#last = turn.catch(() => undefined);
    return turn.finally(() => (this.#waiting -= 1));
  }
}

function answerOf(job: ConfigurationJob, limitMs: number, program: string): Promise<unknown> {
  const file = import.meta.url.endsWith('.ts') ? 'configuration-child.ts' : 'configuration-child.js';
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    env: {},
    execPath: program,
    execArgv: OPTIONS,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // It does not keep the proxy alive, and ends with it.
  child.unref();
  child.channel?.unref();
  return new Promise((resolve, reject) => {
    const refused = (): void => {
      const message = `The text takes more than ${limitMs / 1_000} s or 512 MiB of memory to be read.`;
      reject(new ProxyError('invalid_value', message, { param: 'text' }));
    };
    const timer = setTimeout(refused, limitMs).unref();
    // It may come twice: no process was started, and the job cannot be sent to it.
    child.once('message', resolve).on('error', reject);
    child.once('exit', () => {
      clearTimeout(timer);
      refused();
    });
    child.send(job);
  }).finally(() => child.kill('SIGKILL'));
}
