import type { DashboardParts } from '../deps.ts';
import { soleProcess } from '../processes.ts';

/** What the dashboard asks for, of a proxy that has nothing to show; `changes` says what it has. */
export function dashboardParts(changes: Partial<DashboardParts> = {}): DashboardParts {
  return {
    processes: soleProcess({ figures: () => [] }),
    ending: new AbortController().signal,
    endpoint: () => undefined,
    mocks: { places: () => [], changed: () => undefined },
    origin: () => undefined,
    ...changes,
  };
}
