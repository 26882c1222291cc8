// Writes the documents that are made from code: `node tools/docs.ts`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { withFaultTables } from '../mocks/rules/faults/fault-doc.ts';
import { renderConfigSchema } from './config-schema.ts';
import { renderConfigurationDoc } from './configuration-doc.ts';
import { renderFidelityDocs } from './fidelity-doc.ts';
import { renderDashboard } from './monitoring-dashboard.ts';
import { renderMockOptionsDoc } from './mock-options-doc.ts';
import { renderOperationsDoc } from './operations-doc.ts';

export { renderConfigurationDoc };

if (import.meta.main) {
  const folder = new URL('../docs/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('configuration.md', folder), renderConfigurationDoc());
  writeFileSync(new URL('../llmproxy.schema.json', folder), renderConfigSchema());
  writeFileSync(new URL('mock/operations.md', folder), renderOperationsDoc());
  writeFileSync(new URL('mock/options.md', folder), renderMockOptionsDoc());
  mkdirSync(new URL('fidelity/', folder), { recursive: true });
  for (const [path, text] of Object.entries(renderFidelityDocs())) writeFileSync(new URL(path, folder), text);
  writeFileSync(new URL('../deploy/monitoring/grafana-dashboard.json', folder), renderDashboard());
  const faults = new URL('mock/faults.md', folder);
  writeFileSync(faults, withFaultTables(readFileSync(faults, 'utf8')));
}
