import { styleText } from 'node:util';
import type { CommandPlace, Output } from './place.ts';

/** Styles of a terminal that commands use. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Gives a text a style where the output takes styles, else the text itself. */
export type Paint = (style: Style, text: string) => string;

/**
 * Styles for a terminal alone. `NO_COLOR` (any value) turns them off, `FORCE_COLOR` (any value but 0 and false) turns them on, also where
 * the output is no terminal.
 */
export function paintFor(out: Output, environment: CommandPlace['environment']): Paint {
  return takesStyles(out, environment)
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;
}

function takesStyles({ isTTY = false }: Output, environment: CommandPlace['environment']): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none = '', TERM: terminal } = environment;
  if (forced !== undefined) return !['0', 'false'].includes(forced);
  return isTTY && none === '' && terminal !== 'dumb';
}
