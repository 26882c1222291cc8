/**
 * Gives up on an answer after `ms`. When this process itself was too busy to read, the answer may be waiting in the
 * socket while the timer fires: so input is read once more before the answer counts as missing.
 */
export function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => reject(new Error(`no answer within ${ms} ms`)));
    }, ms);
    answer.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** Extensions of a deadline while bytes keep coming, and bytes that each must have brought on average. */
const MAX_EXTENSIONS = 20;
const MIN_BYTES = 16 * 1024;

/** An answer that was coming in at a fair rate and would have taken too long: its size is at fault, not Redis. */
export class AnswerTooLong extends Error {}

/**
 * As `within`, but a large answer that is on its way gets more time, up to twenty times as much: `bytesRead` counts what
 * has come in so far. Where nothing comes in the first deadline holds. Rejects with AnswerTooLong when even that is over.
 */
export async function withinWhileReading<T>(ms: number, answer: Promise<T>, bytesRead: () => number): Promise<T> {
  const first = bytesRead();
  let before = first;
  const settled = answer.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  for (let extensions = 0; ; extensions += 1) {
    try {
      const result = await within(ms, settled);
      if ('error' in result) throw new AnswerFailed(result.error);
      return result.value;
    } catch (error) {
      if (error instanceof AnswerFailed) throw error.cause;
      const now = bytesRead();
      if (now <= before) throw error;
      if (extensions === MAX_EXTENSIONS) {
        throw now - first < MIN_BYTES * MAX_EXTENSIONS ? error : new AnswerTooLong('the answer takes too long');
      }
      before = now;
    }
  }
}

class AnswerFailed extends Error {
  override readonly cause: unknown;

  constructor(cause: unknown) {
    super('the call failed');
    this.cause = cause;
  }
}
