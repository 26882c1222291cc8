import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCHEMA_FILE = 'llmproxy.schema.json';
/** This file stands in proxy/config, and in dist/proxy/config once it is compiled. */
const OWN = ['../../', '../../../'].map((up) => fileURLToPath(new URL(`${up}${SCHEMA_FILE}`, import.meta.url)));

/** `folder` and those around it, the nearest first. */
function foldersFrom(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersFrom(above)];
}

/** The schema of the package that is installed in `folder` or around it, as a path from there; else that of the running package. */
function schemaFor(folder: string): string | undefined {
  const places = foldersFrom(folder).map((place) => join(place, 'node_modules/llmproxy', SCHEMA_FILE));
  const installed = places.find((file) => existsSync(file));
  if (installed === undefined) return OWN.find((file) => existsSync(file));
  const path = relative(folder, installed).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** The comment by which editors find the JSON Schema of a configuration in `folder`; empty where there is no schema. */
export function schemaLine(folder: string): string {
  const schema = schemaFor(folder);
  return schema === undefined ? '' : `# yaml-language-server: $schema=${schema}\n`;
}
