import { computation } from '../../generation/computation.ts';
import { modelFacts } from '../../generation/models.ts';
import { asText, objectsIn } from '../content.ts';
import type { DialectContext, StoredObject } from '../reply.ts';
import { filesOfStores, searchedFiles } from '../retrieval/search.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import type { RunAnswer } from './answer.ts';
import { roundsOf } from './answer.ts';
import type { Speaking } from './outcome.ts';
import { beginStep, completeStep, pieces } from './outcome.ts';
import { messagesOf, textOf, THREADS } from './store.ts';

/** Lowercase words of a request that each tool of the provider fits. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  code_interpreter: ['code', 'compute', 'calculate', 'python', 'plot', 'solve'],
  file_search: ['search', 'find', 'file', 'document', 'look up'],
};
const FILES_MOST = 3;
const HITS_MOST = 20;

/** A file that a search found. */
export interface FoundFile {
  readonly id: string;
  readonly name: string;
  readonly score: number;
  readonly text: string;
  /** The part of the text that is nearest to the question. */
  readonly passage: string;
}

function askedText(run: StoredObject, context: DialectContext): string {
  const messages = context.objects.all(messagesOf(textOf(run, 'thread_id')));
  const last = messages.findLast(({ body }) => body['role'] === 'user');
  return objectsIn(last?.body['content'])
    .map((part) => (isBody(part['text']) ? asText(part['text']['value']) : ''))
    .join('\n');
}

/** Types of the tools that a run uses before it speaks: those that it must, and those that fit what was asked. */
export function hostedTools(run: StoredObject, context: DialectContext): readonly string[] {
  const choice = run.body['tool_choice'];
  if (choice === 'none' || roundsOf(run).length > 0) return [];
  const forced = isBody(choice) ? choice['type'] : undefined;
  const asked = askedText(run, context).toLowerCase();
  const types = objectsIn(run.body['tools']).map((tool) => asText(tool['type']));
  return types.filter((type) => {
    const words = KEYWORDS[type];
    return (
      words !== undefined && (type === forced || choice === 'required' || words.some((word) => asked.includes(word)))
    );
  });
}

function storesOf(resources: unknown): readonly string[] {
  const search = isBody(resources) ? resources['file_search'] : undefined;
  const ids = isBody(search) ? search['vector_store_ids'] : undefined;
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
}

/** What the vector stores of the thread and of the assistant have for the question: the best chunk of each file. */
function filesFound(run: StoredObject, context: DialectContext): readonly FoundFile[] {
  const thread = context.objects.get(THREADS, textOf(run, 'thread_id'));
  const stores = [...storesOf(thread?.body['tool_resources']), ...storesOf(run.body['tool_resources'])];
  const files = filesOfStores(stores, context.objects) ?? [];
  const hits = searchedFiles(
    files,
    [askedText(run, context)],
    { most: HITS_MOST, threshold: 0, always: true },
    context.objects,
  );
  const best = hits.filter(({ fileId }, at) => hits.findIndex((hit) => hit.fileId === fileId) === at);
  return best.slice(0, FILES_MOST).map(({ fileId, filename, score, text, passage }) => ({
    id: fileId,
    name: filename || fileId,
    score,
    text,
    passage,
  }));
}

type Report = (call: Body, kind: 'open' | 'content') => void;

function interpret(speaking: Speaking, id: string, report: Report): Body {
  const { code: input, printed } = computation(askedText(speaking.run, speaking.context));
  const logs = `${printed}\n`;
  const type = 'code_interpreter';
  report({ id, type, code_interpreter: { input: '', outputs: [] } }, 'open');
  for (const piece of pieces(input, speaking)) report({ type, code_interpreter: { input: piece } }, 'content');
  report({ type, code_interpreter: { outputs: [{ index: 0, type: 'logs', logs }] } }, 'content');
  return { id, type, code_interpreter: { input, outputs: [{ type: 'logs', logs }] } };
}

function search(files: readonly FoundFile[], id: string, report: Report): Body {
  const results = files.map(({ id: file_id, name, score, text }) => ({
    file_id,
    file_name: name,
    score,
    content: [{ type: 'text', text }],
  }));
  const ranking_options = { ranker: 'default_2024_08_21', score_threshold: 0 };
  const call = { id, type: 'file_search', file_search: { ranking_options, results } };
  report({ id, type: 'file_search', file_search: {} }, 'open');
  return call;
}

/** Takes the step of one tool of the provider; returns the files that it found. */
export function useHosted(speaking: Speaking, type: string): readonly FoundFile[] {
  const step = beginStep(speaking, { type: 'tool_calls', tool_calls: [] });
  const report: Report = (call, kind) => {
    const details = { type: 'tool_calls', tool_calls: [{ index: 0, ...call }] };
    const data = { id: step.id, object: 'thread.run.step.delta', delta: { step_details: details } };
    speaking.emit('thread.run.step.delta', data, kind);
  };
  const id = `call_${speaking.context.random.alnum(24)}`;
  const files = type === 'file_search' ? filesFound(speaking.run, speaking.context) : [];
  const call = type === 'file_search' ? search(files, id, report) : interpret(speaking, id, report);
  completeStep(speaking, step, { type: 'tool_calls', tool_calls: [call] }, null);
  return files;
}

type TextAnswer = RunAnswer & { readonly kind: 'text' };

/** The words of the best file in place of an answer that nothing but the question was known for. */
export function foundAnswer(
  run: StoredObject,
  answer: TextAnswer,
  files: readonly FoundFile[],
  context: DialectContext,
): TextAnswer {
  const [best] = files;
  const scripted = context.scripted ?? run.hidden['scripted'];
  if (best === undefined || answer.cut || scripted !== undefined || isBody(run.body['response_format'])) return answer;
  const completion = context.tokenizer.count(best.passage, modelFacts(textOf(run, 'model')).encoding);
  const { prompt_tokens: prompt } = answer.usage;
  const usage = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  return { ...answer, text: best.passage, usage };
}

/** The text with a mark for each file it stands on, and what the marks mean. */
export function cited(
  text: string,
  files: readonly FoundFile[],
): { readonly text: string; readonly annotations: readonly Body[] } {
  let whole = text;
  const annotations = files.map(({ id, name }, at) => {
    const mark = `【4:${at}†${name}】`;
    const start_index = whole.length;
    whole += mark;
    return { type: 'file_citation', text: mark, start_index, end_index: whole.length, file_citation: { file_id: id } };
  });
  return { text: whole, annotations };
}
