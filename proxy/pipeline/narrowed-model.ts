import { NarrowRouter } from '../routing/narrow.ts';
import type { ModelRuntime } from './runtime.ts';

/** The model with these of its endpoints alone. */
export function narrowedTo(model: ModelRuntime, within: ReadonlySet<string>): ModelRuntime {
  return model.only?.(within) ?? { ...model, router: new NarrowRouter(model.router, within) };
}
