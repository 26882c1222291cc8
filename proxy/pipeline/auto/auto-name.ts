import { ProxyError } from '../../core/errors.ts';
import type { Runtime } from '../runtime.ts';

/** The name of the model that the proxy picks itself. */
export const AUTO = 'auto';

/** Whether a request for that model asks for a pick: a model of the configuration that is called so comes first. */
export function asksForAuto(asked: string, { auto }: Pick<Runtime, 'auto'>): boolean {
  return asked === AUTO && auto !== undefined;
}

/** What a route is answered that no model is picked for. */
export function notForAuto(): ProxyError {
  return new ProxyError(
    'invalid_value',
    `The model '${AUTO}' is one of chat completions, Responses, Messages and generateContent alone; name a model here.`,
    { param: 'model' },
  );
}
