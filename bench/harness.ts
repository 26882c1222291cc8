import { fileURLToPath } from 'node:url';
import type { FetchResult, Job, LoopResult, RequestShape } from './jobs.ts';
import { cpuMicros } from './machine.ts';
import { launch, type Program } from './programs.ts';

export interface UpstreamStats {
  readonly requests: number;
  readonly streams: number;
  /** Streams that are being answered now. */
  readonly open: number;
}

/** The upstream and the load generator, which talk to the orchestrator over IPC, and what is asked of them. */
export class Harness {
  readonly upstream: Program;
  readonly #load: Program;

  private constructor(upstream: Program, load: Program) {
    this.upstream = upstream;
    this.#load = load;
  }

  static async start(): Promise<Harness> {
    const script = (file: string): Promise<Program> => {
      const args = [fileURLToPath(new URL(file, import.meta.url))];
      return launch({ command: process.execPath, args, core: 1, ipc: true });
    };
    return new Harness(await script('upstream.ts'), await script('load.ts'));
  }

  async run<T>(job: Job): Promise<T> {
    const answer = await ask<{ result?: T; error?: string }>(this.#load, job);
    if (answer.result === undefined) throw new Error(`the load generator failed: ${answer.error}`);
    return answer.result;
  }

  stats(): Promise<UpstreamStats> {
    return ask<UpstreamStats>(this.upstream, 'stats');
  }

  fetch(port: number, request: RequestShape): Promise<FetchResult> {
    return this.run<FetchResult>({ kind: 'fetch', port, request });
  }

  /** Runs a loop against a server and adds the CPU time that the server took for each answer. Throws on any error. */
  async loop(
    server: Program,
    job: { request: RequestShape; connections: number; total: number; ending?: string },
  ): Promise<LoopResult & { cpu: number | undefined }> {
    const before = cpuMicros(server.pid);
    const result = await this.run<LoopResult>({ kind: 'loop', port: server.port, ...job });
    const after = cpuMicros(server.pid);
    if (result.errors > 0 || result.done !== job.total) {
      throw new Error(
        `${result.errors} errors and ${result.done} of ${job.total} answers: nothing is timed with errors`,
      );
    }
    return { ...result, cpu: before === undefined || after === undefined ? undefined : (after - before) / result.done };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#load.stop(), this.upstream.stop()]);
  }
}

function ask<T>(program: Program, message: Job | string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`process ${program.pid} ended in the middle of a job`));
    program.child.once('exit', ended);
    program.child.once('message', (answer) => {
      program.child.off('exit', ended);
      resolve(answer as T);
    });
    program.child.send(message);
  });
}
