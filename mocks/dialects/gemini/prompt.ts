import type {
  AnswerFormat,
  HostedTool,
  PastCall,
  Prompt,
  ToolChoice,
  ToolSpec,
  Turn,
} from '../../generation/prompt.ts';
import { lastUserText } from '../../generation/prompt.ts';
import { withoutContext } from '../../generation/question/context-blocks.ts';
import { asText, objectsIn, optionalInteger } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext, ObjectStore } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { fileText } from './media.ts';
import type { GeminiModel } from './models.ts';
import { jsonSchemaOf } from './schema.ts';

const NO_OBJECTS: Pick<ObjectStore, 'get'> = { get: () => undefined };

/** The budget from which on so much is thought. */
const BUDGETS: readonly (readonly [least: number, effort: string])[] = [
  [8192, 'high'],
  [1024, 'medium'],
  [64, 'low'],
  [0, 'minimal'],
];

function textOf(parts: readonly Body[], objects: Pick<ObjectStore, 'get'>): string {
  return parts
    .filter((part) => part['thought'] !== true)
    .map((part) => asText(part['text']) || fileText(part, objects as ObjectStore))
    .join('');
}

/** What a function gave back, as a text: the only member of its response where that is one, else its JSON. */
function resultText(response: unknown): string {
  if (typeof response === 'string') return response;
  if (!isBody(response)) return json(response ?? {});
  const [only, ...others] = Object.values(response);
  return typeof only === 'string' && others.length === 0 ? only : json(response);
}

function callsIn(parts: readonly Body[]): readonly PastCall[] {
  return parts
    .map((part) => part['functionCall'])
    .filter(isBody)
    .map((call) => ({ name: asText(call['name']), input: json(call['args'] ?? {}) }));
}

function modelTurn(parts: readonly Body[], objects: Pick<ObjectStore, 'get'>): Turn {
  const calls = callsIn(parts);
  const text = textOf(parts, objects);
  return {
    role: 'assistant',
    text: text + calls.map(({ name, input }) => `${name}${input}`).join(''),
    calls: calls.length > 0 ? calls : undefined,
  };
}

/** What functions gave back stands in a content of the user; each is a turn of its own, before the text beside it. */
function userTurns(parts: readonly Body[], objects: Pick<ObjectStore, 'get'>): readonly Turn[] {
  const results = parts
    .map((part) => part['functionResponse'])
    .filter(isBody)
    .map((result): Turn => ({
      role: 'tool',
      text: resultText(result['response']),
      name: asText(result['name']) || undefined,
      callId: asText(result['id']) || undefined,
    }));
  const rest = parts.filter((part) => !isBody(part['functionResponse']));
  return rest.length === 0 ? results : [...results, { role: 'user', text: textOf(rest, objects) }];
}

function partsOf(content: unknown): readonly Body[] {
  return isBody(content) ? objectsIn(content['parts']) : [];
}

/** The conversation of a request that was read by the API's definition. */
export function geminiTurns(request: Body, objects: Pick<ObjectStore, 'get'> = NO_OBJECTS): readonly Turn[] {
  const system = textOf(partsOf(request['systemInstruction']), objects);
  const said = objectsIn(request['contents']).flatMap((content) => {
    const parts = partsOf(content);
    return content['role'] === 'model' ? [modelTurn(parts, objects)] : userTurns(parts, objects);
  });
  return system === '' ? said : [{ role: 'system', text: system }, ...said];
}

function functionTool(declaration: Body): ToolSpec {
  const { name, description, parameters, parametersJsonSchema } = declaration;
  return {
    kind: 'function',
    name: asText(name),
    description: asText(description),
    parameters: parametersJsonSchema ?? (isBody(parameters) ? jsonSchemaOf(parameters) : undefined),
  };
}

const HOSTED: Readonly<Record<string, readonly string[]>> = {
  googleSearch: ['search', 'web', 'news', 'latest', 'online', 'today', 'recent', 'current', 'yesterday', 'this week'],
  codeExecution: ['code', 'compute', 'calculate', 'python', 'plot', 'solve', 'equation', 'average'],
  urlContext: ['http://', 'https://', 'page', 'url'],
};

/** Tools that the provider runs itself. */
function hostedTools(tool: Body): readonly ToolSpec[] {
  return Object.entries(HOSTED).flatMap(([name, keywords]): readonly ToolSpec[] => {
    const definition = tool[name] ?? (name === 'googleSearch' ? tool['googleSearchRetrieval'] : undefined);
    if (definition === undefined) return [];
    const hosted: HostedTool = { definition: { type: name }, keywords, byClient: false };
    return [{ kind: 'hosted', name, parameters: undefined, hosted }];
  });
}

export function geminiTools(request: Body): readonly ToolSpec[] {
  return objectsIn(request['tools']).flatMap((tool) => [
    ...objectsIn(tool['functionDeclarations']).map(functionTool),
    ...hostedTools(tool),
  ]);
}

/** The tools that may be called, and whether one must be. */
function callable(request: Body): { readonly tools: readonly ToolSpec[]; readonly toolChoice: ToolChoice } {
  const tools = geminiTools(request);
  const config = isBody(request['toolConfig']) ? request['toolConfig']['functionCallingConfig'] : undefined;
  const { mode = 'AUTO', allowedFunctionNames: names } = isBody(config) ? config : {};
  const limited = Array.isArray(names) && names.length > 0 && (mode === 'ANY' || mode === 'VALIDATED');
  const allowed = limited ? tools.filter(({ kind, name }) => kind === 'hosted' || names.includes(name)) : tools;
  if (mode === 'NONE') return { tools: allowed.filter(({ kind }) => kind === 'hosted'), toolChoice: 'auto' };
  return { tools: allowed, toolChoice: mode === 'ANY' ? 'required' : 'auto' };
}

function answerFormat(config: Body): AnswerFormat {
  const { responseMimeType: type, responseSchema, responseJsonSchema, _responseJsonSchema: older } = config;
  const plain = responseJsonSchema ?? older;
  if (type !== 'application/json' && type !== 'text/x.enum') return { kind: 'text' };
  if (plain !== undefined) return { kind: 'json_schema', schema: plain };
  if (isBody(responseSchema)) return { kind: 'json_schema', schema: jsonSchemaOf(responseSchema) };
  return type === 'application/json' ? { kind: 'json_object' } : { kind: 'text' };
}

function effortOf(config: Body, model: GeminiModel): string | undefined {
  if (!model.thinks) return 'none';
  const thinking = isBody(config['thinkingConfig']) ? config['thinkingConfig'] : {};
  const level = asText(thinking['thinkingLevel']).toLowerCase();
  if (level !== '' && level !== 'thinking_level_unspecified') return level;
  const budget = optionalInteger(thinking['thinkingBudget']);
  if (budget === undefined) return model.thinksByDefault ? 'low' : 'none';
  return budget < 0 ? 'low' : BUDGETS.find(([least]) => budget >= least)?.[1];
}

export function generationConfig(request: Body): Body {
  return isBody(request['generationConfig']) ? request['generationConfig'] : {};
}

/** The prompt of a request that was read by the API's definition. */
export function geminiPrompt(request: Body, model: GeminiModel, context: DialectContext): Prompt {
  const config = generationConfig(request);
  const turns = geminiTurns(request, context.objects);
  const { stopSequences, temperature, seed } = config;
  const fixed = temperature === 0 || seed !== undefined;
  return {
    model: model.facts,
    turns,
    asked: withoutContext(lastUserText(turns)),
    instructions: '',
    ...callable(request),
    parallelTools: true,
    format: answerFormat(config),
    stop: Array.isArray(stopSequences) ? stopSequences.filter((word) => typeof word === 'string') : [],
    maxTokens: optionalInteger(config['maxOutputTokens']),
    effort: effortOf(config, model),
    tag: context.tag,
    variation: fixed ? undefined : context.variation,
    scripted: context.scripted,
  };
}
