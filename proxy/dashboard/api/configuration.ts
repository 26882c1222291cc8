import type { ShownCheck, ShownConfiguration } from '../../admin/dashboard/configuration-views.ts';
import { ask } from '../client.ts';

export const configurationApi = {
  inForce: () => ask<ShownConfiguration>('GET', '/api/admin/configuration'),
  check: (text: string) => ask<ShownCheck>('POST', '/api/admin/configuration/check', { text }),
};
