import { anthropic } from './anthropic.ts';
import { compatible } from './compatible.ts';
import { gemini } from './gemini.ts';
import { ALL_OPERATIONS } from './operations.ts';
import type { Provider, ProviderEndpoint, ProviderRequestView } from './types.ts';

/** Whose part it takes, by the family of the route. */
const PARTS: Readonly<Record<string, Provider>> = { anthropic, gemini };

/** The mock, which takes the part of any of them at one address. */
export const mock: Provider = {
  ...compatible,
  id: 'mock',
  simulates: true,
  protocols: ALL_OPERATIONS,
  request: (view, endpoint) => partFor(view).request(view, { ...endpoint, basePath: basePathFor(view, endpoint) }),
};

const familyOf = ({ protocol, family }: ProviderRequestView): string => protocol?.family ?? family ?? '';

const partFor = (view: ProviderRequestView): Provider => PARTS[familyOf(view)] ?? compatible;

/** The version in an address is OpenAI's and Anthropic's; Gemini's stands beside it. */
function basePathFor(view: ProviderRequestView, { basePath }: ProviderEndpoint): string {
  return familyOf(view) === 'gemini' ? basePath.replace(/\/v1$/, '/v1beta') : basePath;
}
