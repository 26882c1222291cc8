import type { EndpointStats } from '../../routing/stats.ts';
import { ask } from '../client.ts';

interface Models {
  /** Names that clients may ask for. */
  readonly names: readonly string[];
  /** Ids of the endpoints, by the name of their model. */
  readonly endpoints: Readonly<Record<string, readonly string[]>>;
}

/** What the playground asks besides the requests that it sends. */
export const playgroundApi = {
  /** The models that callers with this key may name; without a key where one is needed, all of the configuration. */
  models: async (key: string): Promise<Models> => {
    const { endpoints } = await ask<{ endpoints: Record<string, readonly EndpointStats[]> }>('GET', '/stats');
    const listed = await fetch('/v1/models', key === '' ? {} : { headers: { authorization: `Bearer ${key}` } });
    const { data } = (listed.ok ? await listed.json() : { data: undefined }) as { data?: readonly { id: string }[] };
    return {
      names: data?.map(({ id }) => id) ?? Object.keys(endpoints).filter((name) => name !== '*'),
      endpoints: Object.fromEntries(Object.entries(endpoints).map(([name, all]) => [name, all.map(({ id }) => id)])),
    };
  },
};
