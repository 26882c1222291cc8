import type { Decided } from '../../admin/dashboard/models-router.ts';
import type { ModelView } from '../../admin/dashboard/models-view.ts';
import { ask } from '../client.ts';

/** What the page of models asks. */
export const modelsApi = {
  list: () => ask<{ readonly models: readonly ModelView[] }>('GET', '/api/admin/models'),
  eject: (endpoint: string, seconds: number, force: boolean) =>
    ask<Decided>('POST', '/api/admin/endpoints/eject', { endpoint, seconds, force }),
  admit: (endpoint: string) => ask<Decided>('POST', '/api/admin/endpoints/admit', { endpoint }),
};
