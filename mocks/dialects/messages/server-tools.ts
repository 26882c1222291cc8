import { computation } from '../../generation/computation.ts';
import type { ToolSpec } from '../../generation/prompt.ts';
import { asText } from '../content.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';

const QUERY_CHARACTERS = 120;
const SEARCHED_PAGES = 3;
const ADDRESS = /https?:\/\/[^\s<>"')\]]{1,2000}/;
const SEARCHES = [
  'search',
  'web',
  'news',
  'latest',
  'look up',
  'online',
  'today',
  'recent',
  'current',
  'yesterday',
  'this week',
];
const COMPUTES = ['code', 'compute', 'calculate', 'python', 'plot', 'chart', 'solve', 'equation', 'csv', 'statistic'];

interface Use {
  readonly asked: string;
  /** The tool as the request gives it. */
  readonly definition: Body;
  readonly context: DialectContext;
}

/** What one use of a tool of the provider puts before the text. */
export interface ServerRun {
  readonly name: string;
  readonly input: Body;
  /** The block of the result, without `type`, `tool_use_id` and `caller`: its type and its content. */
  readonly resultType: string;
  readonly content: unknown;
  /** What the text that follows cites. */
  readonly citation?: ((text: string) => Body) | undefined;
  readonly counts?: 'web_search_requests' | 'web_fetch_requests' | undefined;
  /** It ran in a container, which the message names. */
  readonly inContainer?: boolean | undefined;
}

interface ServerTool {
  /** Fits the dated type. */
  readonly type: RegExp;
  readonly keywords: readonly string[];
  readonly fits?: (asked: string) => boolean;
  readonly run: (use: Use) => ServerRun;
}

const query = (asked: string): string => asked.slice(0, QUERY_CHARACTERS).toWellFormed();

function slug(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return encodeURIComponent(words.slice(0, 6).join('-') || 'page');
}

function domainOf({ allowed_domains: allowed }: Body): string {
  const first: unknown = Array.isArray(allowed) ? allowed[0] : undefined;
  return typeof first === 'string' ? first : 'example.com';
}

function search({ asked, definition, context }: Use): ServerRun {
  const searched = query(asked);
  const pages = Array.from({ length: SEARCHED_PAGES }, (_, at) => ({
    type: 'web_search_result',
    title: `Result ${at + 1}: ${searched}`,
    url: `https://${domainOf(definition)}/${slug(asked)}/${at + 1}`,
    encrypted_content: Buffer.from(`${at}${context.random.hex(96)}`).toString('base64'),
    page_age: null,
  }));
  return {
    name: 'web_search',
    input: { query: searched },
    resultType: 'web_search_tool_result',
    content: pages,
    citation: (text) => ({
      type: 'web_search_result_location',
      cited_text: text.slice(0, 150).toWellFormed(),
      url: pages[0]?.url,
      title: pages[0]?.title,
      encrypted_index: Buffer.from(context.random.hex(64)).toString('base64'),
    }),
    counts: 'web_search_requests',
  };
}

function fetchPage({ asked, context }: Use): ServerRun {
  const url = ADDRESS.exec(asked)?.[0] ?? 'https://example.com/';
  const data = `What stands at ${url} is about: ${query(asked.replace(ADDRESS, '').trim())}`;
  return {
    name: 'web_fetch',
    input: { url },
    resultType: 'web_fetch_tool_result',
    content: {
      type: 'web_fetch_result',
      url,
      retrieved_at: new Date(context.now()).toISOString(),
      content: {
        type: 'document',
        source: { type: 'text', media_type: 'text/plain', data },
        title: `Page of ${url}`,
        citations: null,
      },
    },
    counts: 'web_fetch_requests',
  };
}

/** Newer versions of the tool run commands of a shell, the first one ran Python. */
function execute({ asked, definition }: Use): ServerRun {
  const { code, printed } = computation(asked);
  const output = { stdout: `${printed}\n`, stderr: '', return_code: 0, content: [] };
  if (asText(definition['type']) === 'code_execution_20250522') {
    return {
      name: 'code_execution',
      input: { code },
      resultType: 'code_execution_tool_result',
      content: { type: 'code_execution_result', ...output, abort_reason: null },
      inContainer: true,
    };
  }
  return {
    name: 'bash_code_execution',
    input: { command: `python3 -c '${code}'` },
    resultType: 'bash_code_execution_tool_result',
    content: { type: 'bash_code_execution_result', ...output },
    inContainer: true,
  };
}

const SERVER_TOOLS: readonly ServerTool[] = [
  { type: /^web_search_\d{8}$/, keywords: SEARCHES, run: search },
  { type: /^web_fetch_\d{8}$/, keywords: [], fits: (asked) => ADDRESS.test(asked), run: fetchPage },
  { type: /^code_execution_\d{8}$/, keywords: COMPUTES, run: execute },
];

function kindOf(type: unknown): ServerTool | undefined {
  return typeof type === 'string' ? SERVER_TOOLS.find((tool) => tool.type.test(type)) : undefined;
}

/** Arguments of tools that the provider defines and the client carries out. */
const CLIENT_TOOLS: readonly (readonly [type: RegExp, properties: Body])[] = [
  [/^bash_\d{8}$/, { command: { type: 'string' } }],
  [/^text_editor_\d{8}$/, { command: { type: 'string', enum: ['view'] }, path: { type: 'string' } }],
  [/^memory_\d{8}$/, { command: { type: 'string', enum: ['view'] }, path: { type: 'string' } }],
  [/^computer_\d{8}$/, { action: { type: 'string', enum: ['screenshot'] } }],
];

/** A tool of the provider, as the generation sees it; undefined for those that are accepted and never used. */
export function providedSpec(definition: Body): ToolSpec | undefined {
  const type = asText(definition['type']);
  const name = asText(definition['name']);
  const client = CLIENT_TOOLS.find(([pattern]) => pattern.test(type));
  if (client !== undefined) {
    const [, properties] = client;
    return { kind: 'function', name, parameters: { type: 'object', properties, required: Object.keys(properties) } };
  }
  const kind = kindOf(type);
  if (kind === undefined) return undefined;
  const hosted = { definition, keywords: kind.keywords, fits: kind.fits, byClient: false };
  return { kind: 'hosted', name, parameters: undefined, hosted };
}

/** Whether the provider itself carries the tool out. */
export function runsHere({ type }: Body): boolean {
  return kindOf(type) !== undefined;
}

/** Uses a tool for a question. */
export function runServerTool({ hosted }: ToolSpec, asked: string, context: DialectContext): ServerRun | undefined {
  const definition = hosted?.definition ?? {};
  return kindOf(definition['type'])?.run({ asked, definition, context });
}
