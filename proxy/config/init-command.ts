import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { CONFIG_FILE } from './builtin.ts';
import type { Output } from './check-command.ts';
import { migrate, OTHER_TOOLS, renderRemarks } from './migrate/migrate.ts';
import type { OtherTool, Migrated } from './migrate/migrate.ts';
import { schemaLine } from './schema-line.ts';
import { TEMPLATE } from './template.ts';

/** A file of another tool that is to be translated. */
export interface InitSource {
  readonly tool: OtherTool;
  readonly file: string;
}

/** What `--from TOOL FILE` names. Throws an Error with what was expected. */
export function sourceOf(from: readonly string[] | undefined): InitSource | undefined {
  if (from === undefined) return undefined;
  const [name, file, ...more] = from;
  const tool = OTHER_TOOLS.find((known) => known === name);
  if (tool === undefined || file === undefined || more.length > 0) {
    throw new Error(
      `--from: expected ${OTHER_TOOLS.map((known) => `${known} FILE`).join(' or ')}, found ${from.join(' ')}`,
    );
  }
  return { tool, file };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The translated text, with what is left to do as comments at its beginning. */
function commented({ tool, file }: InitSource, { text, remarks }: Migrated): string {
  const lines = remarks.length === 0 ? '' : renderRemarks(remarks).replaceAll(/^/gm, '# - ').replace(/# - $/, '');
  const rest = remarks.length === 0 ? '' : '# What has no equal here, or is left to do:\n';
  return `# Translated by \`llmproxy init --from ${tool}\` from ${file.replaceAll(/\s/g, ' ')}.\n${rest}${lines}\n${text}`;
}

/**
 * `llmproxy init`: writes a commented `llmproxy.yaml`, never over one that is there. With `source` it is the translation of another
 * tool's file, and what has no equal is printed. Returns the exit code.
 */
export function runInit(folder: string, out: Output, err: Output, source?: InitSource): number {
  const path = join(folder, CONFIG_FILE);
  let migrated: Migrated | undefined;
  try {
    migrated =
      source === undefined ? undefined : migrate(source.tool, readFileSync(resolve(folder, source.file), 'utf8'));
  } catch (error) {
    err.write(`${source?.file} could not be read: ${reasonOf(error)}\n`);
    return 1;
  }
  if (migrated?.isEmpty === true) {
    err.write(
      `Nothing in ${source?.file} became an endpoint, and nothing was written:\n${renderRemarks(migrated.remarks)}`,
    );
    return 1;
  }
  const body = source === undefined || migrated === undefined ? TEMPLATE : commented(source, migrated);
  try {
    writeFileSync(path, `${schemaLine(folder)}${body}`, { flag: 'wx' });
  } catch (error) {
    const there = `${path} is there already and stays as it is; \`llmproxy check\` checks it.`;
    err.write(`${codeOf(error) === 'EEXIST' ? there : `${path} could not be written: ${reasonOf(error)}`}\n`);
    return 1;
  }
  out.write(`Wrote ${path}. Start with \`llmproxy\`; \`llmproxy check\` checks your changes.\n`);
  if (migrated !== undefined && migrated.remarks.length > 0) {
    out.write(`What has no equal here, or is left to do:\n${renderRemarks(migrated.remarks)}`);
  }
  return 0;
}
