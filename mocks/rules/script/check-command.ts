import { findingLine, loadScript } from './load.ts';

export interface CheckResult {
  /** Lines for standard output, line breaks included. */
  readonly text: string;
  /** 0 when every file can be used, else 1. */
  readonly exitCode: number;
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** `llmproxy mock check FILE…`: every fault and doubt of every file, with its place. */
export async function checkScripts(files: readonly string[]): Promise<CheckResult> {
  if (files.length === 0) return { text: 'llmproxy mock check: expected at least one FILE\n', exitCode: 1 };
  const loaded = await Promise.all(files.map(loadScript));
  const lines = loaded.flatMap(({ file, script, findings }) => {
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const doubts = findings.length - errors;
    const verdict =
      script === undefined ? counted(errors, 'error') : `${counted(script.rules.length, 'rule')}, no error`;
    const summary = `${file}: ${verdict}${doubts > 0 ? `, ${counted(doubts, 'warning')}` : ''}`;
    return [...findings.map((finding) => findingLine(file, finding)), summary];
  });
  return { text: `${lines.join('\n')}\n`, exitCode: loaded.every(({ script }) => script !== undefined) ? 0 : 1 };
}
