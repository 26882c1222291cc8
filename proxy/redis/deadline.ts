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
