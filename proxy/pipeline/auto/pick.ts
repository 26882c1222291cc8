import { normaliseImages } from '../../auto/image-parts.ts';
import type { Refusal } from '../../auto/refusal.ts';
import type { RequestFamily } from '../../auto/shapes.ts';
import { truncateRequest } from '../../auto/truncated-request.ts';
import { ProxyError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { AnswerCheck } from '../../generation/checked-events.ts';
import { DO_NOT_RETRY, pauseHeaders } from '../../generation/retry-advice.ts';
import { schemaCheckOf } from '../../schema-check/request-schema.ts';
import type { RequestContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';
import { notForAuto } from './auto-name.ts';
import { AutoRun } from './auto-run.ts';
import { type CredentialOf, referencePrice, systemCredential } from './candidates.ts';
import { type Decision, decide } from './decide.ts';
import { AUTO_FAMILIES } from './families.ts';
import { withLearned } from './learned.ts';
import { pinnedModel } from './pinned.ts';
import { type AskedBody, asObject, bodyOf, objectOf, withEdits } from './rewrite.ts';
import { useModel } from './use-model.ts';
import type { AutoTools } from './types.ts';

/**
 * Picks the model of a request for `auto`, and makes it the request's. Throws ProxyError where no model is left, and for an operation
 * that `auto` is no model of.
 */
export async function pick(context: RequestContext, runtime: Runtime, tools: AutoTools): Promise<void> {
  const { protocol, head, principal } = context;
  const family = AUTO_FAMILIES[protocol.id];
  if (family === undefined) throw notForAuto();
  const pinned = await pinnedModel(context, runtime);
  const body = objectOf(context);
  const asked = {
    family,
    operation: protocol.id,
    body,
    headers: head.headers,
    principal,
    credentialOf: credentialsOf(context, runtime),
    pinned,
  };
  const decision = decide(await withLearned(asked, tools), runtime, tools);
  const changed = fitted(context, family, decision);
  const run = new AutoRun({
    tools,
    decision: withoutTexts(decision),
    ...changed,
    reference: referencePrice(runtime, tools),
    check: context.facts?.stream === true ? undefined : checkOf(family, body, tools),
  });
  context.auto = run;
  if (decision.refusal) throw refused(decision.refusal, decision);
  run.advance();
  useModel(context, runtime, run);
}

function checkOf(family: RequestFamily, body: JsonObject, tools: AutoTools): AnswerCheck | undefined {
  const question = schemaCheckOf(family, body);
  return question && ((answer) => tools.check(question, answer));
}

/** A stream may stay open for minutes: the body is there as bytes, and nothing else of its texts is needed again. */
function withoutTexts(decision: Decision): Decision {
  const { asked, facts } = decision;
  const { truncation = null } = asked.body;
  return { ...decision, asked: { ...asked, body: { truncation } }, facts: { ...facts, text: '' } };
}

/** The error of a request that no model is left for. */
export function refused({ code, message, param }: Refusal, { models, asked, ranking }: Decision): ProxyError {
  const waits = ranking.excluded.flatMap(({ model, reason }) => {
    const router = reason === 'no_endpoint' ? models.get(model)?.router : undefined;
    return router ? [router.refusal({ operation: asked.operation, model }).retryAfterMs] : [];
  });
  const headers = code === 'no_endpoint_available' ? pauseHeaders(Math.min(...waits)) : DO_NOT_RETRY;
  return new ProxyError(code, message, { ...(param === undefined ? {} : { param }), headers });
}

/** Whose keys the caller's request may be sent with at each model. */
function credentialsOf(context: RequestContext, runtime: Runtime): CredentialOf {
  const { governed } = runtime;
  return governed ? governed.stages.credentialsOf(context, governed) : systemCredential;
}

/** The body as the models get it: images with their types, its text cut, without the members that are meant for the proxy. */
function fitted(
  context: RequestContext,
  family: RequestFamily,
  { facts, textLimit, asked }: Decision,
): { readonly body: AskedBody; readonly truncated: boolean } {
  const written = asked.body;
  const seen = facts.vision ? normaliseImages(family, written) : written;
  const cut = textLimit === undefined ? seen : truncateRequest(family, seen, textLimit);
  const isOwnMember = family !== 'responses' && written['truncation'] !== undefined;
  if (cut === written) {
    return {
      body: isOwnMember ? withEdits(context, [{ op: 'remove', key: 'truncation' }]) : bodyOf(context),
      truncated: false,
    };
  }
  const { truncation: _, ...others } = cut;
  return { body: asObject(context, isOwnMember ? others : cut), truncated: cut !== seen };
}
