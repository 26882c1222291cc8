import { answerJson } from '../../dialects/answer.ts';
import { checkedBody } from '../../dialects/validate.ts';
import type { Operation } from '../../dialects/reply.ts';
import { hashOf } from '../../generation/hash.ts';
import { fieldsOf, listOf, textOf } from '../fields.ts';
import type { Fields } from '../shape.ts';

export const DECISION_SHAPE = 'decisions#Decision';

/** A probability for each of several values; together they are 1. */
function spread(values: readonly string[], seed: string): readonly number[] {
  const weights = values.map((value) => 1 + (hashOf(`${seed}\n${value}`) % 100));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** An answer that depends on question and input alone. */
function answerOf(question: Fields, input: string): Fields {
  const { type = 'predicate', name = null } = question;
  const seed = `${input}\n${JSON.stringify(question['instructions'])}`;
  if (type === 'predicate') return { type, name, probability: (hashOf(seed) % 1000) / 1000 };
  const options = listOf(question[type === 'choice' ? 'choices' : 'levels']).map(fieldsOf);
  const labels = options.map((option) => textOf(option['value'] ?? option['label']));
  const chances = spread(labels, seed);
  const best = chances.indexOf(Math.max(...chances));
  const confidence = chances[best] ?? 0;
  if (type === 'choice') {
    const probabilities = options.map(({ value }, at) => ({ value, probability: chances[at] }));
    return { type, name, choice: options[best]?.['value'], confidence, probabilities };
  }
  const probabilities = labels.map((label, value) => ({ label, value, probability: chances[value] }));
  return { type, name, score: best, confidence, probabilities };
}

/** Questions about an input, answered yes or no, by a choice, or by a score. */
export const decide: Operation = {
  id: 'decisions.create',
  method: 'POST',
  path: '/v1/decisions',
  handle(request, context) {
    const checked = checkedBody(request.body, context, 'responses', ['input', 'questions']);
    if ('refused' in checked) return checked.refused;
    const { body, model } = checked;
    const input = typeof body['input'] === 'string' ? body['input'] : JSON.stringify(body['input']);
    const tokens = context.tokenizer.count(input, 'o200k_base');
    const answers = listOf(body['questions']).map((question) => answerOf(fieldsOf(question), input));
    const usage = {
      input_tokens: tokens,
      input_tokens_details: { cache_write_tokens: 0, cached_tokens: 0 },
      output_tokens: answers.length,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: tokens + answers.length,
    };
    return answerJson(context, { answers, model, usage });
  },
};
