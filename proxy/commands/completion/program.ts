import { Argument, type Command } from 'commander';
import { here, type Exit } from '../parts.ts';
import { SHELLS, type Shell } from './shells.ts';

/** Adds `llmproxy completion`. The program is to have all its commands when it is called. */
export function addCompletion(program: Command, exit: Exit): void {
  program
    .command('completion')
    .description('print the script by which a shell completes commands and options')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nbash: source <(llmproxy completion bash)\nzsh, after compinit: source <(llmproxy completion zsh)\n' +
        'fish: llmproxy completion fish > ~/.config/fish/completions/llmproxy.fish',
    )
    .action(async (shell: Shell) => {
      const { printCompletion } = await import('./completion-command.ts');
      printCompletion(shell, program, here());
      exit(0);
    });
}
