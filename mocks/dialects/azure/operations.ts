import { guarded } from '../guarded.ts';
import { asText } from '../content.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from '../reply.ts';
import { isBody } from '../validate.ts';
import { deploymentNotFound, resourceNotFound, versionNotAllowed } from './errors.ts';
import { azureHeaders, azureLimits, deploymentHeaders } from './headers.ts';
import { azureForm } from './rewrite.ts';

/** Operations that a deployment has in the classic style, by what follows `/openai/deployments/{model}`. */
const OF_DEPLOYMENT = new Set([
  '/completions',
  '/chat/completions',
  '/embeddings',
  '/audio/transcriptions',
  '/audio/translations',
  '/audio/speech',
  '/images/generations',
  '/images/edits',
]);

/** Made with or without a deployment. */
const BATCHES = '/batches';

const V1 = '/v1';

const sameButPath = (path: string): string => path.replace(/^\/openai(?:\/v1)?(?=\/)/, V1);

function typeOf(reply: Reply): string {
  return reply.headers.find(([name]) => name === 'content-type')?.[1] ?? 'application/json';
}

/** The reply with Azure's headers and in Azure's form. */
function fromAzure(inner: Operation, reply: Reply, deployment: string, context: DialectContext): Reply {
  const model = inner.method === 'POST' && reply.status < 400;
  const extra = model ? [...azureLimits(reply.billed?.input ?? 0), ...deploymentHeaders(deployment, context)] : [];
  return { ...azureForm(inner.id, reply), headers: azureHeaders(context, typeOf(reply), extra) };
}

interface Style {
  readonly path: string;
  /** `v1` takes no `api-version`, the others demand one. */
  readonly version: 'demanded' | 'not-allowed';
}

function stylesOf(path: string): readonly Style[] {
  if (!path.startsWith(`${V1}/`)) return [];
  const rest = path.slice(V1.length);
  const styles: Style[] = [{ path: `/openai${path}`, version: 'not-allowed' }];
  const ofDeployment = { path: `/openai/deployments/{model}${rest}`, version: 'demanded' } as const;
  if (OF_DEPLOYMENT.has(rest) || rest === BATCHES) styles.push(ofDeployment);
  if (!OF_DEPLOYMENT.has(rest)) styles.push({ path: `/openai${rest}`, version: 'demanded' });
  return styles;
}

function deploymentOf({ params, body }: Pick<DialectRequest, 'params' | 'body'>): string {
  return params['model'] ?? (isBody(body) ? asText(body['model']) : '');
}

function refusedVersion({ query }: DialectRequest, { version }: Style, context: DialectContext): Reply | undefined {
  const given = query.get('api-version');
  if (version === 'demanded') return given === null || given === '' ? resourceNotFound(context) : undefined;
  const allowed = given === null || given === 'preview' || given === 'latest' || given === 'v1';
  return allowed ? undefined : versionNotAllowed(context);
}

/** The deployment decides the model, whatever the body says. */
function withModel(request: DialectRequest): DialectRequest {
  const { model: deployment } = request.params;
  if (deployment === undefined || !isBody(request.body)) return request;
  return { ...request, body: { ...request.body, model: deployment } };
}

function styled(inner: Operation, style: Style): Operation {
  const guardedOne = guarded({
    ...inner,
    family: 'azure',
    path: style.path,
    ownModels: true,
    strictAs: `${inner.method} ${inner.path}`,
    reads: { ...inner.reads, model: deploymentOf },
    handle(request, context) {
      const refused = refusedVersion(request, style, context);
      if (refused) return refused;
      const deployment = deploymentOf(request);
      const exists = deployment === '' || (context.models?.includes(deployment) ?? true);
      if (!exists) return deploymentNotFound(context);
      const asked = { ...request, path: sameButPath(request.path) };
      // Key and limits were looked at under Azure's name.
      const reply = inner.handle(asked, { ...context, keys: undefined, admission: undefined });
      return fromAzure(inner, reply, deployment, context);
    },
  });
  return { ...guardedOne, handle: (request, context) => guardedOne.handle(withModel(request), context) };
}

/** OpenAI's operations under Azure's addresses: a deployment in the path, `/openai/…?api-version=`, and `/openai/v1/…`. */
export function azureOperations(operations: readonly Operation[]): readonly Operation[] {
  return operations.flatMap((operation) => stylesOf(operation.path).map((style) => styled(operation, style)));
}
