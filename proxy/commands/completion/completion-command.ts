import type { Command } from 'commander';
import type { CommandPlace } from '../place.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { shapesOf } from './shape.ts';
import type { Shell } from './shells.ts';
import { zshScript } from './zsh.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** `llmproxy completion SHELL`: prints the script by which a shell completes the commands of `program`. */
export function printCompletion(shell: Shell, program: Command, { out }: Pick<CommandPlace, 'out'>): void {
  out.write(SCRIPTS[shell](shapesOf(program)));
}
