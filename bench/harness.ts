import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FetchResult, Job, LoopJob, LoopResult, RequestShape } from './jobs.ts';
import { coresOf, cpuMicros } from './machine.ts';
import { launch, type Program } from './programs.ts';

export interface UpstreamStats {
  readonly requests: number;
  readonly streams: number;
  /** Streams that are being answered now. */
  readonly open: number;
}

export interface Stall {
  /** The longest that an answer to the bystander took, in ms, and how many it got. */
  readonly longestMs: number;
  readonly answers: number;
}

/** Of every job: what takes longer is an error, so that a run ends. */
const LIMIT_MS = 120_000;

/** The upstream, the load generator and the bystander, which talk to the orchestrator over IPC, and what is asked of them. */
export class Harness {
  readonly upstream: Program;
  #load: Program;
  readonly #bystander: Program;

  private constructor(upstream: Program, load: Program, bystander: Program) {
    this.upstream = upstream;
    this.#load = load;
    this.#bystander = bystander;
  }

  static async start(): Promise<Harness> {
    const cores = coresOf();
    return new Harness(
      await script('upstream.ts', cores.upstream),
      await script('load.ts', cores.load),
      await script('bystander.ts', cores.rest),
    );
  }

  async run<T>(job: Job): Promise<T> {
    const answer = await this.#ask<{ result?: T; error?: string }>(this.#load, job).catch(async (error: unknown) => {
      // It may still be at this job: another one takes the next.
      await this.#load.stop();
      this.#load = await script('load.ts', coresOf().load);
      throw error;
    });
    if (answer.result === undefined) throw new Error(`the load generator failed: ${answer.error}`);
    return answer.result;
  }

  stats(): Promise<UpstreamStats> {
    return this.#ask<UpstreamStats>(this.upstream, 'stats');
  }

  fetch(port: number, request: RequestShape): Promise<FetchResult> {
    return this.run<FetchResult>({ kind: 'fetch', port, request });
  }

  /** How long a bystander, who asks for `/health/live` every millisecond, had to wait while `work` was done. */
  async stall(server: Pick<Program, 'port'>, work: () => Promise<unknown>): Promise<Stall> {
    await this.#ask(this.#bystander, { port: server.port });
    // It has to be at it before the work begins.
    await after(50);
    try {
      await work();
    } finally {
      await after(50);
    }
    return this.#ask<Stall>(this.#bystander, 'stop');
  }

  /** Runs a loop against a server and adds the CPU time that the server took for each answer, and what upstream saw. Throws on any error. */
  async loop(
    server: Pick<Program, 'port' | 'pid'>,
    job: Omit<LoopJob, 'kind' | 'port'>,
  ): Promise<LoopResult & { cpu: number | undefined; upstream: number }> {
    const { requests } = await this.stats();
    const before = cpuMicros(server.pid);
    const result = await this.run<LoopResult>({ kind: 'loop', port: server.port, ...job });
    const after = cpuMicros(server.pid);
    if (result.errors > 0 || result.done !== job.total) {
      throw new Error(
        `${result.errors} errors and ${result.done} of ${job.total} answers: nothing is timed with errors`,
      );
    }
    const upstream = (await this.stats()).requests - requests;
    return {
      ...result,
      upstream,
      cpu: before === undefined || after === undefined ? undefined : (after - before) / result.done,
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#load.stop(), this.upstream.stop(), this.#bystander.stop()]);
  }

  #ask<T>(program: Program, message: object | string): Promise<T> {
    return new Promise((resolve, reject) => {
      const { child, pid } = program;
      const done = (): void => {
        clearTimeout(timer);
        child.off('exit', ended).off('message', answered);
      };
      const ended = (): void => (done(), reject(new Error(`process ${pid} ended in the middle of a job`)));
      const answered = (answer: unknown): void => (done(), resolve(answer as T));
      const late = (): void => (done(), reject(new Error(`no answer within ${LIMIT_MS / 1_000} s`)));
      const timer = setTimeout(late, LIMIT_MS);
      child.once('exit', ended).once('message', answered);
      child.send(message);
    });
  }
}

function script(file: string, core: string): Promise<Program> {
  const args = [fileURLToPath(new URL(file, import.meta.url))];
  return launch({ command: process.execPath, args, core, ipc: true });
}
