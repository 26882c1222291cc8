import { asText, objectsIn } from '../../dialects/content.ts';
import { inputItems } from '../../dialects/responses/input.ts';
import type { Random } from '../../dialects/reply.ts';
import type { Body } from '../../dialects/validate.ts';
import { withStream } from './errors.ts';
import type { Lane } from './lane.ts';

/** Input that steers a response. */
export interface Steer {
  readonly id: string;
  readonly responseId: string;
  readonly input: readonly Body[];
}

interface Steered {
  readonly lane: Lane;
  /** The request that is answered. */
  readonly body: Body;
  active: boolean;
  steers: Steer[];
}

const MOST_PENDING = 16;
const PARTS = new Set(['input_text', 'input_image', 'input_file']);

function isUserMessage(item: Body): boolean {
  const { type = 'message', role, content } = item;
  const parts = typeof content === 'string' || objectsIn(content).every((part) => PARTS.has(asText(part['type'])));
  return type === 'message' && role === 'user' && parts;
}

/** Steering of the responses of one connection. */
export class Steering {
  readonly #responses = new Map<string, Steered>();
  readonly #send: (event: Body) => void;
  readonly #random: Random;

  constructor(send: (event: Body) => void, random: Random) {
    this.#send = send;
    this.#random = random;
  }

  begun(id: string, lane: Lane, body: Body): void {
    this.#responses.set(id, { lane, body, active: true, steers: [] });
  }

  /** The request that follows by itself, when steering waits for the end of a response. */
  ended(id: string, items: readonly Body[]): Body | undefined {
    const found = this.#responses.get(id);
    if (found === undefined) return undefined;
    found.active = false;
    if (found.steers.length === 0) return undefined;
    const calls = items.filter((item) => asText(item['type']).endsWith('_call') && typeof item['call_id'] === 'string');
    if (calls.length > 0) {
      for (const steer of found.steers) this.#pending(steer, found.lane, calls);
      return undefined;
    }
    const input = found.steers.splice(0).flatMap((steer) => steer.input);
    return { ...found.body, previous_response_id: id, input };
  }

  /** The request with the steering before it that waited for its results. */
  joined(body: Body): Body {
    const found = this.#responses.get(asText(body['previous_response_id']));
    if (found === undefined || found.active || found.steers.length === 0) return body;
    const input = found.steers.splice(0).flatMap((steer) => steer.input);
    return { ...body, input: [...inputItems(body['input']), ...input] };
  }

  steer(event: Body): void {
    const responseId = asText(event['previous_response_id']);
    const input = inputItems(event['input']);
    const found = this.#responses.get(responseId);
    const refused = this.#refused(found, input);
    const sequence = found?.lane.sequence ?? 0;
    if (found === undefined || refused !== undefined) {
      this.#send({
        type: 'response.steer.failed',
        sequence_number: sequence,
        error: refused,
        steer: { previous_response_id: responseId, input: event['input'] ?? [] },
        ...withStream(found?.lane.streamId),
      });
      return;
    }
    const steer = { id: `steer_${this.#random.hex(32)}`, responseId, input };
    found.steers.push(steer);
    this.#send({
      type: 'response.steer.accepted',
      sequence_number: sequence,
      steer: { id: steer.id, previous_response_id: responseId },
      ...withStream(found.lane.streamId),
    });
  }

  #refused(found: Steered | undefined, input: readonly Body[]): Body | undefined {
    const refuse = (code: string, message: string): Body => ({ code, message });
    if (found === undefined) return refuse('response_not_found', 'The response is not available on this connection.');
    if (input.length === 0 || !input.every(isUserMessage)) {
      return refuse('invalid_input', 'Steering accepts messages of the user only.');
    }
    if (!found.active) return refuse('response_already_completed', 'The response is already completed.');
    if (found.steers.length < MOST_PENDING) return undefined;
    return refuse('too_many_pending_steers', 'Too much steering input is pending for the response.');
  }

  #pending(steer: Steer, lane: Lane, calls: readonly Body[]): void {
    this.#send({
      type: 'response.steer.pending',
      sequence_number: lane.sequence,
      reason: 'waiting_for_required_input',
      required_input: calls.map((call) => ({ type: `${asText(call['type'])}_output`, call_id: call['call_id'] })),
      steer: { id: steer.id, previous_response_id: steer.responseId },
      ...withStream(lane.streamId),
    });
  }
}
