/** Time as the server sees it; tests inject one that they advance themselves. */
export interface Clock {
  /** Epoch milliseconds, with fractions. */
  now(): number;
  /** Calls `action` once after `ms`; the returned function calls it off. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
