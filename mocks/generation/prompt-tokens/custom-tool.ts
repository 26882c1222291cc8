import type { Grammar } from '../prompt.ts';

const CUSTOM_TOOL_TOKENS = 70;

export interface CountedCustomTool {
  readonly name: string;
  readonly description: string;
  readonly grammar: Grammar | undefined;
}

/** Near two recordings, which is no formula. */
export function customToolTokens(tools: readonly CountedCustomTool[], count: (text: string) => number): number {
  return tools.reduce(
    (sum, { name, description, grammar }) =>
      sum + CUSTOM_TOOL_TOKENS + count(name) + count(description) + count(grammar?.definition ?? ''),
    0,
  );
}
