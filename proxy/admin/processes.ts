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

/** What one worker of several has of the others. */
export interface OtherProcesses {
  /** Place of this process among all. */
  readonly slot: number;
  askOthers(question: string, input: Json): Promise<readonly { readonly slot: number; readonly value: Json }[]>;
}

/** This process and the other workers, which are asked at the same time. Throws where there is no such question. */
export function allProcesses(questions: ProcessQuestions, others: OtherProcesses): Processes {
  return {
    ask: async (question, input) => {
      const [value, answers] = await Promise.all([
        answerOf(questions, question, input),
        others.askOthers(question, input),
      ]);
      const all = [{ slot: others.slot, value }, ...answers];
      return all.toSorted((one, other) => one.slot - other.slot).map((answer) => answer.value);
    },
  };
}

/** The answer of this process. */
export async function answerOf(questions: ProcessQuestions, question: string, input: Json): Promise<Json> {
  const answer = questions[question];
  if (answer === undefined) throw new Error(`there is no question ${JSON.stringify(question)}`);
  return answer(input);
}
