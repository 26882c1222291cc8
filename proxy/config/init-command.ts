import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CONFIG_FILE } from './builtin.ts';
import type { Output } from './check-command.ts';
import { schemaLine } from './schema-line.ts';
import { TEMPLATE } from './template.ts';

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** `llmproxy init`: writes a commented `llmproxy.yaml`, never over one that is there. Returns the exit code. */
export function runInit(folder: string, out: Output, err: Output): number {
  const path = join(folder, CONFIG_FILE);
  try {
    writeFileSync(path, `${schemaLine(folder)}${TEMPLATE}`, { flag: 'wx' });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const there = `${path} is there already and stays as it is; \`llmproxy check\` checks it.`;
    err.write(`${codeOf(error) === 'EEXIST' ? there : `${path} could not be written: ${reason}`}\n`);
    return 1;
  }
  out.write(`Wrote ${path}. Start with \`llmproxy\`; \`llmproxy check\` checks your changes.\n`);
  return 0;
}
