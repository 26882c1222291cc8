import type { Json } from '../core/json.ts';

/** What the dashboard asks of each process that answers requests; JSON in, JSON out, because it may travel between processes. */
export type ProcessQuestions = Readonly<Record<string, (input: Json) => Json | Promise<Json>>>;

/** Asks the processes of this proxy: one, or all workers. */
export interface Processes {
  /** The answers of those that gave one, in the order of their slots; at least that of this process. */
  ask(question: string, input: Json): Promise<readonly Json[]>;
}

/** This process as the only one. Throws where there is no such question. */
export function soleProcess(questions: ProcessQuestions): Processes {
  return { ask: async (question, input) => [await answerOf(questions, question, input)] };
}

/** The answer of this process. */
export async function answerOf(questions: ProcessQuestions, question: string, input: Json): Promise<Json> {
  const answer = questions[question];
  if (answer === undefined) throw new Error(`there is no question ${JSON.stringify(question)}`);
  return answer(input);
}
