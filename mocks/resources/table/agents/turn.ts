import type { DialectContext } from '../../../dialects/reply.ts';
import { fieldsOf, listOf, textOf } from '../../fields.ts';
import { runOperation } from '../../run-operation.ts';
import type { Fields } from '../../shape.ts';
import { unixSeconds } from '../../store.ts';

/** What came of an input. */
export interface Turned {
  readonly turn: Fields;
  readonly items: readonly Fields[];
  readonly events: readonly Fields[];
  /** The text of the answer. */
  readonly answer: string;
}

interface Asked {
  readonly session: Fields;
  readonly agent: Fields;
  readonly input: string;
  readonly context: DialectContext;
}

function answerOf({ agent, input, context }: Asked): string {
  const { model, instructions } = agent;
  const body = { model, input, store: false, ...(typeof instructions === 'string' && { instructions }) };
  const reply = runOperation('/v1/responses', body, context);
  if (reply?.kind !== 'json') return '';
  const output = listOf(fieldsOf(JSON.parse(reply.body))['output']).map(fieldsOf);
  const content = output.flatMap((item) => listOf(item['content'])).map(fieldsOf);
  return content.map((part) => textOf(part['text'])).join('');
}

/** Answers an input of a session: the turn, its messages, and the events that tell of it. */
export function runTurn(asked: Asked): Turned {
  const { session, agent, input, context } = asked;
  const answer = answerOf(asked);
  const seconds = unixSeconds(context);
  const id = (prefix: string): string => `${prefix}_${context.random.hex(32)}`;
  const turn: Fields = {
    id: id('turn'),
    object: 'agent.session.turn',
    agent_id: agent['id'],
    created_at: seconds,
    started_at: seconds,
    completed_at: seconds,
    session_id: session['id'],
    status: 'completed',
    subagent_id: null,
    error: null,
    usage: null,
  };
  const message = (role: string, type: string, text: string, phase: string | null): Fields => {
    const part = { type, text, ...(type === 'output_text' && { annotations: [] }) };
    return { id: id('item'), type: 'message', role, status: 'completed', phase, turn_id: turn['id'], content: [part] };
  };
  const said = message('user', 'input_text', input, null);
  const replied = message('assistant', 'output_text', answer, 'final_answer');
  return { turn, items: [said, replied], answer, events: eventsOf({ session, turn, said, replied, answer, context }) };
}

interface TurnMessages {
  readonly session: Fields;
  readonly turn: Fields;
  readonly said: Fields;
  readonly replied: Fields;
  readonly answer: string;
  readonly context: DialectContext;
}

function eventsOf({ session, turn, said, replied, answer, context }: TurnMessages): readonly Fields[] {
  const of = { session_id: session['id'], turn_id: turn['id'] };
  const event = (type: string, fields: Fields): Fields => ({
    event_id: `event_${context.random.hex(24)}`,
    type: `agent.session.${type}`,
    ...fields,
  });
  const started = { ...turn, status: 'in_progress', completed_at: null };
  const where = { ...of, item_id: replied['id'], output_index: 0, content_index: 0 };
  const pieces = context.tokenizer.pieces(answer, 'o200k_base');
  const [part] = listOf(replied['content']);
  return [
    event('in_progress', { session: { ...session, status: 'in_progress' } }),
    event('turn.created', { ...of, turn: started }),
    event('turn.in_progress', { ...of, turn: started }),
    event('turn.item.added', { ...of, item: said, output_index: null }),
    event('turn.item.added', { ...of, item: { ...replied, status: 'in_progress', content: [] }, output_index: 0 }),
    event('turn.content_part.added', { ...where, part: { ...fieldsOf(part), text: '' } }),
    ...pieces.map((delta) => event('turn.output_text.delta', { ...where, delta })),
    event('turn.output_text.done', { ...where, text: answer }),
    event('turn.content_part.done', { ...where, part }),
    event('turn.item.done', { ...of, item: replied, output_index: 0 }),
    event('turn.completed', { ...of, turn, usage: null }),
    event('idle', { session: { ...session, status: 'idle' } }),
  ];
}
