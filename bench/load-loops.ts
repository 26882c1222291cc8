import type { LoopJob, LoopResult } from './jobs.ts';
import { Line, micros, numbered, type Numbers, percentiles, type Tally } from './load-line.ts';

/** Runs a loop: closed, or at a fixed rate when the job names one. */
export async function loop(job: LoopJob, numbers: Numbers): Promise<LoopResult> {
  const tally: Tally = { done: 0, errors: 0, bodyLength: -1, first: [], last: [] };
  const began = micros();
  await (job.rate === undefined ? closed(job, tally, numbers) : open({ ...job, rate: job.rate }, tally, numbers));
  const seconds = (micros() - began) / 1e6;
  const { done, errors, bodyLength } = tally;
  return {
    done,
    errors,
    bodyBytes: bodyLength,
    seconds,
    first: percentiles(tally.first),
    last: percentiles(tally.last),
  };
}

/** The bytes of one request after the other. */
function requests(job: LoopJob, numbers: Numbers): () => Buffer {
  const bytes = Buffer.from(job.request.bytes, 'base64');
  const { from } = job;
  if (from === undefined) return () => numbers.next(job.request, bytes);
  let next = from;
  return () => numbered(bytes, job.request.offset, next++);
}

/** Each connection sends its next request when the answer to the last one is complete. */
async function closed(job: LoopJob, tally: Tally, numbers: Numbers): Promise<void> {
  const next = requests(job, numbers);
  let started = 0;
  const free = (line: Line): void => {
    if (started >= job.total) return line.end();
    started += 1;
    line.send(next());
  };
  const lines = Array.from({ length: Math.min(job.connections, job.total) }, () => new Line(job, tally, free));
  await Promise.all(lines.map((line) => line.closed));
}

/**
 * Requests become due at a fixed rate, whatever the server does with those before. The time of one that finds all connections
 * busy counts from when it was due. What the timer of this process comes late is not the server's and does not count.
 */
async function open(job: LoopJob & { rate: number }, tally: Tally, numbers: Numbers): Promise<void> {
  const next = requests(job, numbers);
  const idle: Line[] = [];
  const waiting: number[] = [];
  const free = (line: Line): void => {
    const due = waiting.shift();
    if (due === undefined) idle.push(line);
    else line.send(next(), due);
  };
  const lines = Array.from({ length: job.connections }, () => new Line(job, tally, free));
  const closing = Promise.all(lines.map((line) => line.closed));
  const began = micros();
  let issued = 0;
  await new Promise<void>((resolve) => {
    const tick = setInterval(() => {
      const now = micros();
      for (const due = Math.min(job.total, ((now - began) / 1e6) * job.rate); issued < due; issued++) {
        const line = idle.pop();
        if (line === undefined) waiting.push(now);
        else line.send(next(), now);
      }
      if (tally.done + tally.errors < job.total) return;
      end();
    }, 1);
    const end = (): void => {
      clearInterval(tick);
      resolve();
    };
    // Without a connection nothing more will be done.
    void closing.then(end);
  });
  for (const line of lines) line.end();
  await closing;
}
