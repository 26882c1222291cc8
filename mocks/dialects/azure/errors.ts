import { json } from '../json.ts';
import type { ProviderError } from '../errors.ts';
import type { DialectContext, DialectRequest, JsonReply } from '../reply.ts';
import { BLOCKED_PROMPT } from './filters.ts';
import { azureHeaders } from './headers.ts';

export function azureErrorReply(status: number, error: object, context: DialectContext): JsonReply {
  return { kind: 'json', status, headers: azureHeaders(context, 'application/json'), body: json({ error }), tokens: 0 };
}

const ACCESS_DENIED =
  'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.';
const NO_DEPLOYMENT =
  'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.';
const BLOCKED =
  "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766";

/** The key of a request: Azure's header, or a bearer token of Entra. */
export function azureKey({ headers }: Pick<DialectRequest, 'headers'>): string | undefined {
  return headers['api-key'] ?? /^Bearer\s+(\S+)\s*$/i.exec(headers['authorization'] ?? '')?.[1];
}

export function refusedAzureKey(
  request: Pick<DialectRequest, 'headers'>,
  context: DialectContext,
): JsonReply | undefined {
  if (context.keys === undefined) return undefined;
  const key = azureKey(request);
  if (key !== undefined && context.keys.includes(key)) return undefined;
  return azureErrorReply(401, { code: '401', message: ACCESS_DENIED }, context);
}

export function deploymentNotFound(context: DialectContext): JsonReply {
  const error = { type: 'invalid_request_error', code: 'DeploymentNotFound', message: NO_DEPLOYMENT };
  return azureErrorReply(404, error, context);
}

/** 404 of a path, or a version of the API, that there is not. */
export function resourceNotFound(context: DialectContext): JsonReply {
  return azureErrorReply(404, { code: '404', message: 'Resource not found' }, context);
}

export function versionNotAllowed(context: DialectContext): JsonReply {
  const message = 'api-version query parameter is not allowed when using /v1 path';
  return azureErrorReply(400, { code: 'BadRequest', message }, context);
}

/** What the content filter says of a prompt. */
export function promptBlocked(): object {
  return {
    message: BLOCKED,
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: BLOCKED_PROMPT },
  };
}

function rateSentence(seconds: number): string {
  return (
    'Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded token rate limit of your current OpenAI S0 pricing tier. ' +
    `Please retry after ${seconds} ${seconds === 1 ? 'second' : 'seconds'}. ` +
    'Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.'
  );
}

export const rateLimited = (seconds: number): { readonly code: string; readonly message: string } => ({
  code: '429',
  message: rateSentence(seconds),
});

/** The error object of a status as Azure has it: gateway errors are a code and a message, the model's errors are OpenAI's. */
export function azureError(status: number, error: ProviderError): object {
  const { message, type, param, code } = error;
  if (code === 'content_filter') return { ...promptBlocked(), ...(message === '' ? {} : { message }) };
  if (status === 401 || status === 429) return { code: String(status), message };
  return code === 'DeploymentNotFound' ? { type, code, message } : { message, type, param, code };
}

/** What Azure says with a status, for injected failures. */
export function azureProviderError(status: number, usual: ProviderError): ProviderError {
  if (usual.code === 'content_filter') return { ...usual, message: '', param: 'prompt' };
  if (status === 401) return { ...usual, message: ACCESS_DENIED, code: '401' };
  if (status === 404) return { ...usual, message: NO_DEPLOYMENT, code: 'DeploymentNotFound' };
  return status === 429 ? { ...usual, ...rateLimited(24) } : usual;
}
