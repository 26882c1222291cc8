import { mergedStats } from '../../routing/merged-stats.ts';
import type { EndpointPart, EndpointStats } from '../../routing/stats.ts';

/** What one process knows of a model. */
export interface ModelPart {
  readonly name: string;
  readonly strategy: string;
  /** Seconds that `recent` is about. */
  readonly recentSeconds: number;
  readonly endpoints: readonly EndpointOfModel[];
}

export interface EndpointOfModel {
  readonly part: EndpointPart;
  /** Share of the model's requests that it is to get, 0..1; null where the strategy goes by what it measures. */
  readonly wanted: number | null;
  /** Attempts of the last minutes. */
  readonly recent: number;
}

export interface EndpointView extends EndpointStats {
  /** Share of the model's requests that it is to get now, 0..1; null where the strategy goes by what it measures. */
  readonly wanted_share: number | null;
  /** Share of the attempts that it has got: of the last minutes, and since the start; null where there was none. */
  readonly recent_share: number | null;
  readonly total_share: number | null;
  readonly recent_requests: number;
}

export interface ModelView {
  readonly name: string;
  readonly strategy: string;
  /** Seconds that `recent_share` and `recent_requests` are about. */
  readonly recent_seconds: number;
  readonly endpoints: readonly EndpointView[];
}

/** The models of all processes together, in the order of the configuration. */
export function modelsView(processes: readonly (readonly ModelPart[])[]): ModelView[] {
  const byName = Map.groupBy(processes.flat(), ({ name }) => name);
  return [...byName].map(([name, parts]) => {
    const byId = Map.groupBy(
      parts.flatMap(({ endpoints }) => endpoints),
      ({ part }) => part.stats.id,
    );
    const merged = [...byId.values()].map((found) => ({
      stats: mergedStats(found.map(({ part }) => part) as [EndpointPart, ...EndpointPart[]]),
      wanted: mean(found.map(({ wanted }) => wanted)),
      recent: sum(found.map(({ recent }) => recent)),
    }));
    const recent = sum(merged.map((one) => one.recent));
    const total = sum(merged.map(({ stats }) => stats.requests));
    return {
      name,
      strategy: parts[0]?.strategy ?? '',
      recent_seconds: Math.max(...parts.map(({ recentSeconds }) => recentSeconds)),
      endpoints: merged.map((one) => ({
        ...one.stats,
        wanted_share: one.wanted,
        recent_share: recent === 0 ? null : one.recent / recent,
        total_share: total === 0 ? null : one.stats.requests / total,
        recent_requests: one.recent,
      })),
    };
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Processes may see health differently for a moment. */
function mean(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((one) => one !== null);
  return known.length === 0 ? null : sum(known) / known.length;
}
