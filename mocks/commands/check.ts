import type { Command, Exit, Print } from './command.ts';
import { commandOf } from './command.ts';

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** `llmproxy mock check FILE…`: every fault and doubt of every file, with its place. Exit code 0 when every file can be used, else 1. */
export function checkCommand(exit: Exit, print: Print): Command {
  return commandOf('check', 'look for errors in scripts', print)
    .argument('<file...>', 'scripts')
    .action(async (files: readonly string[]) => {
      const { findingLine, loadScript } = await import('../rules/script/load.ts');
      const loaded = await Promise.all(files.map(loadScript));
      for (const { file, script, findings } of loaded) {
        const errors = findings.filter(({ severity }) => severity === 'error').length;
        const doubts = findings.length - errors;
        const verdict =
          script === undefined ? counted(errors, 'error') : `${counted(script.rules.length, 'rule')}, no error`;
        for (const finding of findings) print(`${findingLine(file, finding)}\n`);
        print(`${file}: ${verdict}${doubts > 0 ? `, ${counted(doubts, 'warning')}` : ''}\n`);
      }
      exit(loaded.every(({ script }) => script !== undefined) ? 0 : 1);
    });
}
