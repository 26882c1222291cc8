/** `off`: what cannot be answered is refused. `spec`: also what the published specification forbids. `openai`: also what the provider refuses beyond it. */
export type Strictness = 'off' | 'spec' | 'openai';

export const STRICTNESS: readonly Strictness[] = ['off', 'spec', 'openai'];

/** One level for all, or by API key. */
export type StrictnessSetting = Strictness | StrictnessByKey;

export interface StrictnessByKey {
  /** For every key that is not listed. Default `off`. */
  readonly default?: Strictness | undefined;
  readonly keys: Readonly<Record<string, Strictness>>;
}

export function strictnessFor(setting: StrictnessSetting, key: string | undefined): Strictness {
  if (typeof setting === 'string') return setting;
  return (key === undefined ? undefined : setting.keys[key]) ?? setting.default ?? 'off';
}
