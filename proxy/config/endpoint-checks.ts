import { providerRow } from '../core/provider-rows.ts';
import { BASE_URL_EXPECTED, MODELS } from './base-url.ts';
import type { Findings } from './findings.ts';
import { prefixedModel } from './other-tools.ts';
import type { Path } from './path.ts';
import type { EndpointInput } from './schema/index.ts';

/** Parameters that hold a credential: an address is written into logs. */
const CREDENTIAL = /key|token|secret|password|signature/i;

/** What no single field of an endpoint can judge. `path` is the endpoint's in the file. */
export function checkEndpoint(input: EndpointInput, path: Path, findings: Findings): void {
  checkAddress(input, path, findings);
  checkModel(input, path, findings);
  if (input.control_token !== undefined && (input.provider !== 'mock' || input.base_url.kind === 'default')) {
    const remedy = 'a bundled mock needs none, and no other server has a control API';
    findings.fault([...path, 'control_token'], `expected provider: mock with a base_url beside it; ${remedy}`);
  }
  for (const name of Object.keys(input.query)) {
    if (!CREDENTIAL.test(name)) continue;
    findings.fault([...path, 'query', name], 'expected no credential in a query; write it as api_key, or in headers');
  }
}

function checkAddress(input: EndpointInput, path: Path, findings: Findings): void {
  const { base_url: written, base_url_exact: exact, api_version: version, provider } = input;
  const { address, deployments, example } = providerRow(provider);
  if (written.kind === 'default' && address === undefined) {
    findings.fault(path, `expected a base_url for provider: ${provider}, such as ${example}, found none`);
  }
  if (version !== undefined && !deployments) {
    const remedy = 'only azure has one; any other parameter of the query goes in query';
    findings.fault([...path, 'api_version'], `expected no api_version for provider: ${provider}: ${remedy}`);
  }
  if (written.kind === 'written' && MODELS.test(written.path) && !exact) {
    const remedy = 'where /models is part of the address and not an operation, write base_url_exact: true';
    findings.fault([...path, 'base_url'], `expected ${BASE_URL_EXPECTED}; ${remedy}`);
  }
  if (written.kind === 'written' && providerRow(provider).version === 'v1beta' && written.path.endsWith('/openai')) {
    const remedy = 'leave out /openai, or write provider: openai';
    findings.fault(
      [...path, 'base_url'],
      `expected the address of the Gemini API, found that of its OpenAI form; ${remedy}`,
    );
  }
}

/** `anthropic/claude-…` is one name in LiteLLM; here it is a provider and a model. */
function checkModel({ base_url: written, model, provider }: EndpointInput, path: Path, findings: Findings): void {
  const meant = model === undefined ? undefined : prefixedModel(model);
  if (meant === undefined || !providerRow(provider).plainNames) return;
  // A server of others may well have names with a provider in them.
  if (written.kind === 'written') return;
  const message = `is sent as it stands, and no model of ${providerRow(provider).label} is called so; write provider: ${meant.provider}, model: ${meant.rest}`;
  findings.warn([...path, 'model'], message);
}
