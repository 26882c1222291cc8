import type { Prompt, ToolSpec } from './prompt.ts';
import { lastUserText } from './prompt.ts';

function words(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 3);
}

/** The tools whose name's words occur in the text; the first tool when there is none. Without parallel calls only one. */
function fittingTools(prompt: Prompt): readonly ToolSpec[] {
  const asked = lastUserText(prompt.turns).toLowerCase();
  const fitting = prompt.tools.filter((tool) =>
    (tool.hosted?.keywords ?? words(tool.name)).some((word) => asked.includes(word)),
  );
  const chosen = fitting.length > 0 ? fitting : prompt.tools.slice(0, 1);
  return prompt.parallelTools ? chosen : chosen.slice(0, 1);
}

/** The tools this answer calls: none when it is to be a text. */
export function toolsToCall(prompt: Prompt): readonly ToolSpec[] {
  const choice = prompt.toolChoice;
  if (choice === 'none' || prompt.tools.length === 0) return [];
  if (typeof choice === 'object') return prompt.tools.filter((tool) => tool.name === choice.name);
  // A tool's answer at the end is read back, so that a loop over tool calls ends.
  if (choice === 'auto' && prompt.turns.at(-1)?.role !== 'user') return [];
  return fittingTools(prompt);
}
