import { z } from 'zod';

import { flag } from './fields.ts';

export const adminSchema = z.strictObject({
  dashboard: flag(
    'Serves the dashboard at `/admin` (docs/dashboard.md). Its pages hold nothing by themselves: what they show needs the right to operate the proxy (`auth.admin_token`, `auth.admin`). A change takes effect at the next start.',
  ).prefault(true),
  capture: flag(
    'Keeps bodies of requests and answers for the dashboard’s page of requests: the newest 16 MiB of them in memory, 64 KiB of each, secrets taken out. Off: no body is kept.',
  ).prefault(false),
});
