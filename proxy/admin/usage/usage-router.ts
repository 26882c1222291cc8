import { Router, type Request } from 'express';

import type { Clock } from '../../core/clock.ts';
import { GovernanceFault, invalid } from '../../governance/fault.ts';
import type { LedgerStore } from '../../usage/ledger.ts';
import { readReportQuery, UsageQueryError } from '../../usage/report-query.ts';
import { reportCsv, reportJson, usageReport, type NameLookup } from '../../usage/report.ts';
import { textParameter } from '../governance/query.ts';

export interface UsageRouterDeps {
  readonly clock: Clock;
  /** Throws GovernanceFault 503 as long as the database was never reached. */
  readonly ledger: () => Pick<LedgerStore, 'usage' | 'extent' | 'isAway'>;
  readonly names: NameLookup;
}

/** `GET /usage`: where the money went. To be mounted below `/api/governance`, whose error exit renders what it throws. */
export function usageRouter({ clock, ledger, names }: UsageRouterDeps): Router {
  const router = Router();
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.get('/usage', async (request, response) => {
    const csv = wantsCsv(request);
    response.vary('accept').set('cache-control', 'no-store');
    const store = ledger();
    try {
      const query = readReportQuery((name) => textParameter(request, name), clock.now());
      const report = await usageReport(query, store, names);
      if (csv) response.type('text/csv').attachment('usage.csv').send(reportCsv(report));
      else response.type('application/json').send(reportJson(report));
    } catch (error) {
      if (error instanceof UsageQueryError) throw invalid(error.message);
      if (store.isAway(error)) throw new GovernanceFault(503, 'The ledger cannot be reached. Try again.');
      throw error;
    }
  });
  return router;
}

/** `format` counts before `Accept`, which asks for CSV only where it prefers it to JSON. */
function wantsCsv(request: Request): boolean {
  const format = textParameter(request, 'format');
  if (format === undefined) return request.accepts(['application/json', 'text/csv']) === 'text/csv';
  if (format !== 'csv' && format !== 'json') throw invalid('format must be csv or json.');
  return format === 'csv';
}
