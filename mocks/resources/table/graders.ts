import { answerJson } from '../../dialects/answer.ts';
import { missingField } from '../../dialects/errors.ts';
import type { Operation, Reply } from '../../dialects/reply.ts';
import { fieldsOf, textOf } from '../fields.ts';
import { grade } from '../grader.ts';
import { composed, shapeOf } from '../shape.ts';
import type { Fields } from '../shape.ts';

export const GRADER_RUN_SHAPE = 'fine-tuning/alpha/graders#GraderRunResponse';

function ran(grader: Fields, body: Fields): Fields {
  const sample = { output_text: body['model_sample'] };
  const { score } = grade(grader, { item: body['item'], sample });
  const name = textOf(grader['name'], 'grader');
  const shape = shapeOf(GRADER_RUN_SHAPE);
  const plain = composed(shape, {}, {}, ['reward', 'metadata']);
  const metadata = {
    ...fieldsOf(plain['metadata']),
    name,
    type: grader['type'],
    execution_time: 0.001,
    scores: { [name]: score },
  };
  return { ...plain, reward: score, metadata, sub_rewards: { [name]: score } };
}

function withGrader(answer: (grader: Fields, body: Fields) => Fields): Operation['handle'] {
  return (request, context): Reply => {
    const body = fieldsOf(request.body);
    if (body['grader'] === undefined) return missingField(context, 'grader');
    return answerJson(context, answer(fieldsOf(body['grader']), body));
  };
}

/** Graders are tried out without being kept. */
export const graderOperations: readonly Operation[] = [
  {
    id: 'fine_tuning.alpha.graders.run',
    method: 'POST',
    path: '/v1/fine_tuning/alpha/graders/run',
    handle: withGrader(ran),
  },
  {
    id: 'fine_tuning.alpha.graders.validate',
    method: 'POST',
    path: '/v1/fine_tuning/alpha/graders/validate',
    handle: withGrader((grader) => ({ grader })),
  },
];
