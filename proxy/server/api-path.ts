import type { IncomingHttpHeaders } from 'node:http';
import type { ProtocolFamily } from '../protocols/types.ts';

/** What the path of a request says before its route is looked for. */
export interface ApiPath {
  /** The path below the version, as protocols and the table of families have it. */
  readonly path: string;
  /** Whether the path stands below the prefix of an API. */
  readonly isApi: boolean;
  /** The family that the prefix belongs to; undefined where it belongs to several. */
  readonly family?: ProtocolFamily;
  /** Parameters of the query that only the host has a use for whose prefix this is. */
  readonly ignores?: readonly string[];
  /** The deployment that the path names, which is the name of a model. */
  readonly deployment?: string;
}

/** The version that clients of Azure ask for: that of an endpoint is configured. */
const AZURE_PARAMETERS = ['api-version'];

interface Prefix {
  readonly pattern: RegExp;
  readonly family?: ProtocolFamily;
  /** What stands in place of the prefix. */
  readonly above?: string;
  readonly ignores?: readonly string[];
}

/** Tried in this order; `/v1` is looked for first. */
const PREFIXES: readonly Prefix[] = [
  { pattern: /^\/v1(?:beta|alpha)\/openai(?=\/)/, family: 'openai' },
  { pattern: /^\/v1(?:beta|alpha)(?=\/)/, family: 'gemini' },
  { pattern: /^\/upload\/v1(?:beta|alpha)?(?=\/)/, family: 'gemini', above: '/upload' },
  { pattern: /^\/download\/v1(?:beta|alpha)?(?=\/)/, family: 'gemini', above: '/download' },
  { pattern: /^\/openai(?:\/v1)?(?=\/)/, family: 'openai', ignores: AZURE_PARAMETERS },
  { pattern: /^\/anthropic(?:\/v1)?(?=\/)/, family: 'anthropic' },
];

const VERSION = '/v1/';
const DEPLOYMENT = /^\/deployments\/([^/]+)(\/.+)$/;

/** Takes prefix and version off a canonical path. */
export function readApiPath(path: string): ApiPath {
  if (path.startsWith(VERSION)) return { path: path.slice(VERSION.length - 1), isApi: true };
  for (const { pattern, family, above = '', ignores } of PREFIXES) {
    const match = pattern.exec(path);
    if (!match) continue;
    const below = above + path.slice(match[0].length);
    const [, deployment, rest] = match[0].startsWith('/openai') ? (DEPLOYMENT.exec(below) ?? []) : [];
    const api = {
      isApi: true,
      ...(family === undefined ? {} : { family }),
      ...(ignores === undefined ? {} : { ignores }),
    };
    if (deployment === undefined || rest === undefined) return { path: below, ...api };
    return { path: rest, deployment: decodeSegment(deployment), ...api };
  }
  return { path, isApi: false };
}

const ANTHROPIC_PATH = /^\/messages(?:\/|$)/;
const GEMINI_PATH = /^\/(?:models\/.+:\w+$|tunedModels|cachedContents|fileSearchStores|upload\/|download\/)/;

/** Whose API a request speaks, where its route alone does not say it: its path, else its headers. */
export function familyOf({ path, family }: ApiPath, headers: IncomingHttpHeaders): ProtocolFamily {
  if (family !== undefined) return family;
  if (ANTHROPIC_PATH.test(path)) return 'anthropic';
  if (GEMINI_PATH.test(path)) return 'gemini';
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  if (headers.authorization !== undefined) return 'openai';
  if (headers['x-goog-api-key'] !== undefined) return 'gemini';
  return headers['x-api-key'] === undefined ? 'openai' : 'anthropic';
}

export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
