import { describedRequest, descriptionRequest, describers } from '../../auto/description.ts';
import { ProxyError } from '../../core/errors.ts';
import { newRequestId } from '../../core/ids.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { PROTOCOLS } from '../../protocols/table.ts';
import { parseObject, requestObject } from '../../wire/json-object.ts';
import { createContext, type RequestContext } from '../context.ts';
import { forward } from '../forward.ts';
import { AnswerCollector } from '../gateway/answer-collector.ts';
import { join } from '../join.ts';
import { lookup } from '../lookup.ts';
import { respond } from '../respond.ts';
import { scopeOf } from '../resolve.ts';
import type { ModelRuntime, Runtime } from '../runtime.ts';
import type { AutoRun } from './auto-run.ts';
import { findCandidates } from './candidates.ts';
import { decideSeeing } from './decide.ts';
import { refused } from './pick.ts';
import { asBytes, asObject } from './rewrite.ts';
import { useModel } from './use-model.ts';

const OPERATION = 'chat.completions';

/**
 * Where the picked model sees no images and they are to be described: a model that sees describes them, and the description takes
 * their place. Where none of those answers, a model that sees is picked. Throws ProxyError where there is none.
 */
export async function describeImages(context: RequestContext, runtime: Runtime, run: AutoRun): Promise<void> {
  if (!run.decision.describes || run.sees) return;
  if (run.described === undefined) {
    const description = await describe(context, runtime, run);
    if (context.left) return;
    if (description === undefined) {
      const seeing = decideSeeing(run.decision);
      run.decideAnew(seeing);
      if (seeing.refusal) throw refused(seeing.refusal, seeing);
      run.advance();
      useModel(context, runtime, run);
      return;
    }
    const body = requestObject(run.body.request.body);
    run.described = asObject(context, describedRequest(run.decision.asked.family, body, description));
  }
  // What was looked up before is about the images.
  context.ahead = undefined;
  useModel(context, runtime, run);
}

/** What the images show, in the words of the best model that sees; undefined where none of them says it. */
async function describe(context: RequestContext, runtime: Runtime, run: AutoRun): Promise<string | undefined> {
  const { asked, question, preferences } = run.decision;
  const body = requestObject(run.body.request.body);
  const found = findCandidates({ ...asked, operation: OPERATION }, runtime, run.tools);
  const seeing = describers(found.candidates, { ...question, cacheAware: preferences.cacheAware });
  for (const { candidate } of seeing.slice(0, run.tools.config.attempts)) {
    const model = found.models.get(candidate.model);
    const request = descriptionRequest(asked.family, body, candidate.model);
    if (model === undefined || request === undefined || context.left) return undefined;
    const text = await answerOf(context, runtime, { run, model, name: candidate.model, request });
    if (text !== undefined) return text;
  }
  return undefined;
}

interface Description {
  readonly run: AutoRun;
  readonly model: ModelRuntime;
  readonly name: string;
  readonly request: JsonObject;
}

/** The answer to a request of the proxy's own, which the account of the exchange pays for. */
async function answerOf(
  context: RequestContext,
  runtime: Runtime,
  { run, model, name, request }: Description,
): Promise<string | undefined> {
  const collector = new AnswerCollector();
  const own = exchangeFor(context, collector, runtime);
  const { request: view, entry } = asBytes(own, Buffer.from(JSON.stringify(request)));
  own.request = view;
  own.entry = entry;
  own.facts = { ...entry.facts, model: name };
  own.model = withoutFallbacks(model);
  own.principal = context.principal;
  own.account = context.account;
  context.attachment = {
    resume: () => undefined,
    leave: () => collector.leave(),
    interrupt: () => own.attachment?.interrupt(),
  };
  try {
    const { governed } = runtime;
    governed?.stages.chooseKeys(own, governed);
    own.scope = scopeOf(own, own.model);
    await lookup(own, runtime);
    join(own, runtime);
    forward(own);
    await respond(own, runtime);
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    if (error.code === 'shutting_down') throw error;
  } finally {
    context.attachment = undefined;
    run.attempts += own.attempts;
  }
  return collector.status === 200 ? textOf(collector.body) : undefined;
}

function exchangeFor(
  { head, writtenPath }: RequestContext,
  responder: AnswerCollector,
  runtime: Runtime,
): RequestContext {
  const protocol = PROTOCOLS[OPERATION];
  return createContext({
    id: newRequestId(),
    operation: OPERATION,
    protocol,
    head: { method: 'POST', path: protocol.path, query: '', headers: head.headers, raw: head.raw },
    writtenPath,
    source: {
      collect: () => Promise.reject(new Error('the body is known')),
      inspect: () => Promise.reject(new Error('the body is known')),
    },
    responder,
    subject: undefined,
    startedAt: runtime.clock.monotonic(),
    cacheStatus: 'bypass',
  });
}

function textOf(body: Buffer): string | undefined {
  const choices = parseObject(body.toString('utf8'))?.['choices'];
  const [first] = Array.isArray(choices) ? choices : [];
  const message = isJsonObject(first) ? first['message'] : undefined;
  const text = isJsonObject(message) ? message['content'] : undefined;
  return typeof text === 'string' && text.trim() !== '' ? text : undefined;
}

/** Models that see are asked by their ranking alone. */
function withoutFallbacks(model: ModelRuntime): ModelRuntime {
  const { fallbacks: _, ...others } = model;
  return others;
}
