import type { Harness } from '../harness.ts';
import type { Launchers } from '../servers.ts';
import type { Results } from '../results.ts';
import type { FigureId } from './ids.ts';

export interface FigureBench {
  readonly harness: Harness;
  readonly launchers: Launchers;
  readonly results: Results;
  readonly quick: boolean;
}

/** Something that is measured beside the cases. Throws where it cannot be. */
export interface Measurement {
  readonly name: string;
  /** What has no number when it fails or is left out. */
  readonly figures: readonly FigureId[];
  /** Why a quick run leaves it out. */
  readonly slow?: string;
  readonly run: (bench: FigureBench) => Promise<void>;
}

export function note({ results }: Pick<FigureBench, 'results'>, id: FigureId, value: number): void {
  (results.figures[id] ??= []).push(Math.round(value * 1_000) / 1_000);
}

export function upstreamUrl(harness: Harness): string {
  return `http://127.0.0.1:${harness.upstream.port}/v1`;
}
