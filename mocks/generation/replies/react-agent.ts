import type { PastCall, Prompt, ToolSpec, Turn } from '../prompt.ts';
import type { PlannedCall } from '../tools/plan.ts';
import { plannedCalls } from '../tools/plan.ts';

// Agents whose requests have no tools: a text describes them and asks for `Action:` and `Action Input:`.

const PROMPT_CHARACTERS = 60_000;
const TOOLS_MOST = 40;
const PARAMETERS_MOST = 12;
const NAMES = /\b(?:one of|only one name of)\s{0,3}\[([^\]\n]{1,2000})\]/i;
const QUESTION = /^[ \t]{0,4}(?:Question|Current Task|Task)[ \t]{0,4}:[ \t]{0,4}(.{1,4000})$/gim;
const JSON_INPUT = /action input[^\n]{0,120}(?:json|dictionary)/i;
/** Words of signatures and of JSON that name no parameter. */
const NO_PARAMETERS = /^(?:type|description|title|default|str|string|int|callbacks|kwargs|name)$/;

function parametersIn(signature: string): readonly string[] {
  const names = Array.from(signature.matchAll(/["']?(\w{1,60})["']?\s?:/g), ([, name = '']) => name);
  const known = [...new Set(names)].filter((name) => !NO_PARAMETERS.test(name)).slice(0, PARAMETERS_MOST);
  return known.length > 0 ? known : ['input'];
}

/** A tool as it is described: `look(city: str) - Weather`, `look: Weather`, or on lines of its own. */
function describedTool(name: string, text: string): ToolSpec {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const at = text.search(new RegExp(String.raw`(?:^|\n)[^\n]{0,20}\b${escaped}\b\s{0,3}(?:[(:-]|\n)`));
  const described = at === -1 ? '' : text.slice(at, at + 600).trim();
  const [line = '', next = '', after = ''] = described.split('\n');
  const signature = /\(([^)\n]{1,400})\)|Tool Arguments: (\{[^\n]{1,500})/.exec(described);
  const names = parametersIn(signature?.[1] ?? signature?.[2] ?? '');
  const properties = Object.fromEntries(names.map((parameter) => [parameter, { type: 'string' }]));
  const description = /^tool name/i.test(line) ? `${next} ${after}` : line;
  return { kind: 'function', name, description, parameters: { type: 'object', properties, required: names } };
}

function toolsIn(text: string): readonly ToolSpec[] {
  const names = NAMES.exec(text)?.[1]?.split(',') ?? [];
  return names
    .map((name) => name.trim().replaceAll(/["'`]/g, ''))
    .filter((name) => /^[\w .-]{1,80}$/.test(name))
    .slice(0, TOOLS_MOST)
    .map((name) => describedTool(name, text));
}

/** The question, and what was written since. */
function questionIn(text: string): { readonly asked: string; readonly behind: string } | undefined {
  const found = Array.from(text.matchAll(QUESTION)).findLast(([line]) => !/the input question/i.test(line));
  return found && { asked: found[1] ?? '', behind: text.slice(found.index + found[0].length) };
}

/** What came back of the actions so far. */
function observationsIn(text: string): readonly string[] {
  const parts = text.split(/\nObservation:[ \t]{0,3}/).slice(1);
  return parts
    .map((part) => (part.split(/\n\s{0,4}(?:Thought|Action|Question)\s?:/)[0] ?? '').trim())
    .filter((one) => one !== '');
}

function actionsIn(text: string): readonly PastCall[] {
  return Array.from(text.matchAll(/\nAction:[ \t]{0,3}([^\n]{1,80})/g), ([, name = '']) => ({ name: name.trim() }));
}

function written({ tool, input }: PlannedCall, asJson: boolean): string {
  const values = Object.values(JSON.parse(input) as Record<string, string>);
  const given = asJson || values.length > 1 ? input : (values[0] ?? '');
  return `Thought: I should use ${tool.name}.\nAction: ${tool.name}\nAction Input: ${given}`;
}

/** The step of an agent that speaks of its thoughts, actions and observations: each fitting tool once, then the answer. */
export function reactStep(prompt: Prompt, answer: (prompt: Prompt) => string): string | undefined {
  if (prompt.tools.length > 0) return undefined;
  const text = prompt.turns
    .map((turn) => turn.text)
    .join('\n')
    .slice(-PROMPT_CHARACTERS);
  if (!text.includes('Action Input:') || !text.includes('Final Answer:')) return undefined;
  const { asked, behind } = questionIn(text) ?? { asked: prompt.asked.slice(0, 4000), behind: '' };
  const question: Turn = { role: 'user', text: asked };
  const turns: readonly Turn[] = [question, { role: 'assistant', text: '', calls: actionsIn(behind) }];
  const said = (): string => observationsIn(behind).at(-1) ?? answer({ ...prompt, turns: [question], asked });
  const own: Prompt = { ...prompt, tools: toolsIn(text), turns, asked, toolChoice: 'auto', parallelTools: false };
  const [call] = plannedCalls(own, said);
  if (call !== undefined) return written(call, JSON_INPUT.test(text));
  return `Thought: I now know the final answer.\nFinal Answer: ${said()}`;
}
