import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Writes NAME.json and NAME.md; those of a quick run are no results and stay out of the repository. Says where. */
export function writeReport(name: string, quick: boolean, results: object, report: string): string {
  const folder = quick ? 'bench/.state' : 'bench/results';
  const path = fileURLToPath(new URL(`../${folder}/`, import.meta.url));
  mkdirSync(path, { recursive: true });
  writeFileSync(`${path}${name}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${path}${name}.md`, report);
  return `${folder}/${name}.md`;
}
