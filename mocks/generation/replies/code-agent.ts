import type { Prompt, ToolSpec } from '../prompt.ts';
import { conversationOf } from '../question/conversation.ts';
import { plannedCalls } from '../tools/plan.ts';

/** How an agent that writes Python wants to have it. */
interface CodeForm {
  readonly opening: string;
  readonly closing: string;
  readonly tools: readonly ToolSpec[];
}

const SYSTEM_CHARACTERS = 60_000;
const TAGS = /opened with '([^'\n]{1,40})',? and closed with '([^'\n]{1,40})'/;
const FUNCTION =
  /^[ \t]{0,8}def (\w{1,80})\(([^)\n]{0,2000})\)[^\n:]{0,200}:\s{0,4}\n\s{0,12}"""([\s\S]{0,3000}?)"""/gm;
const TYPES: Readonly<Record<string, string>> = {
  int: 'integer',
  float: 'number',
  bool: 'boolean',
  list: 'array',
  dict: 'object',
};
/** Functions that every such agent has, which answer nothing. */
const NO_TOOLS = new Set(['final_answer']);

function parameterOf(text: string): readonly [name: string, schema: object, required: boolean] | undefined {
  const [, name, type = 'str', fallback] = /^\s*(\w+)\s*(?::\s*([\w.]+)[^=]*)?(=.*)?$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  const known = TYPES[type.toLowerCase()] ?? 'string';
  return [
    name,
    known === 'array' ? { type: known, items: { type: 'string' } } : { type: known },
    fallback === undefined,
  ];
}

function toolOf([, name = '', parameters = '', description = '']: RegExpExecArray): ToolSpec {
  const known = parameters.split(',').flatMap((one) => {
    const parameter = parameterOf(one);
    return parameter === undefined ? [] : [parameter];
  });
  const properties = Object.fromEntries(known.map(([parameter, schema]) => [parameter, schema]));
  const required = known.filter(([, , needed]) => needed).map(([parameter]) => parameter);
  return { kind: 'function', name, description, parameters: { type: 'object', properties, required } };
}

/** The functions that instructions show with their signature. */
function toolsIn(system: string): readonly ToolSpec[] {
  return Array.from(system.matchAll(FUNCTION), toolOf).filter(({ name }) => !NO_TOOLS.has(name));
}

function codeForm(prompt: Prompt): CodeForm | undefined {
  const system =
    prompt.turns.find(({ role }) => role === 'system' || role === 'developer')?.text ?? prompt.instructions;
  if (!system.includes('final_answer') || !/\bcode\b/i.test(system.slice(0, 2000)) || prompt.tools.length > 0)
    return undefined;
  const part = system.slice(0, SYSTEM_CHARACTERS);
  const tags = TAGS.exec(part);
  if (tags !== null) return { opening: tags[1] ?? '', closing: tags[2] ?? '', tools: toolsIn(part) };
  if (part.includes('<end_code>')) return { opening: '```py', closing: '```<end_code>', tools: toolsIn(part) };
  return undefined;
}

/** JSON as Python writes it. */
function python(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${python(inner)}`)
    .join(', ')}}`;
}

function callLine(name: string, input: string, at: number): string {
  const given = Object.entries(JSON.parse(input) as object).map(([key, value]) => `${key}=${python(value)}`);
  return `result_${at + 1} = ${name}(${given.join(', ')})\nprint(result_${at + 1})`;
}

/** Of what ran the lines that it printed. */
function printed(text: string): string {
  const logs = /Execution logs:\s*\n([\s\S]*?)(?:\n?Last output from code snippet:|$)/.exec(text)?.[1]?.trim();
  return logs === undefined || logs === '' ? text.trim() : logs;
}

/** The step of an agent that writes code: calls of the functions that fit the task, then the answer. */
export function codeStep(prompt: Prompt, answer: (prompt: Prompt) => string): string | undefined {
  const form = codeForm(prompt);
  if (form === undefined) return undefined;
  const talk = conversationOf({ ...prompt, tools: form.tools });
  const said = (): string =>
    talk.latest.length > 0
      ? printed(talk.latest.map(({ text }) => text).join('\n'))
      : answer({ ...prompt, asked: talk.asked.replace(/^New task:\s*/i, '') });
  const calls = plannedCalls({ ...prompt, tools: form.tools, toolChoice: 'auto' }, said);
  const code =
    calls.length > 0
      ? calls.map(({ tool, input }, at) => callLine(tool.name, input, at)).join('\n')
      : `final_answer(${JSON.stringify(said())})`;
  const thought = calls.length > 0 ? 'I will call the functions that the task needs.' : 'I know the answer.';
  return `Thought: ${thought}\n${form.opening}\n${code}\n${form.closing}`;
}
