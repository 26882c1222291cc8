import { signal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { sentenceOf } from './client.ts';

export interface Loaded<T> {
  readonly value: ReadonlySignal<T | undefined>;
  readonly fault: ReadonlySignal<string | undefined>;
  /** Asks again now. */
  readonly again: () => Promise<void>;
}

/** What a page shows of the proxy: fetched when the page opens, and each `everyMs` while it is looked at (0 = once). `on`: fetches anew when one of these changes. */
export function useLoaded<T>(load: () => Promise<T>, everyMs = 0, on: readonly unknown[] = []): Loaded<T> {
  const parts = useMemo(() => ({ value: signal<T | undefined>(undefined), fault: signal<string | undefined>(undefined) }), []);
  const turn = useRef(0);
  const again = async (): Promise<void> => {
    const mine = (turn.current += 1);
    try {
      const value = await load();
      // What was asked for later counts, whichever answer comes last.
      if (mine !== turn.current) return;
      parts.value.value = value;
      parts.fault.value = undefined;
    } catch (error) {
      if (mine === turn.current) parts.fault.value = sentenceOf(error);
    }
  };
  useEffect(() => {
    void again();
    if (everyMs === 0) return undefined;
    const timer = setInterval(() => document.hidden || void again(), everyMs);
    return () => clearInterval(timer);
  }, on);
  return { ...parts, again };
}
