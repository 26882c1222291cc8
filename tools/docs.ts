// Writes the documents that are made from code: `node tools/docs.ts`.
import { mkdirSync, writeFileSync } from 'node:fs';

import { renderConfigurationDoc } from './configuration-doc.ts';

export { renderConfigurationDoc };

if (import.meta.main) {
  const folder = new URL('../docs/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('configuration.md', folder), renderConfigurationDoc());
}
