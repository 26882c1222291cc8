import { h, type VNode } from 'preact';
import htm from 'htm';

/** What a component or a tag can have inside. */
export type Content = VNode | string | number | null | undefined | false | readonly Content[];

type Template = (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

/**
 * Templates of markup: `html\`<p class="note">${text}</p>\``. Values are never parsed as markup. The types of htm are those of CommonJS, where
 * the default import is a namespace; in the browser it is the function.
 */
export const html: Template = (htm as unknown as { bind(create: typeof h): Template }).bind(h);
