import { asText, objectsIn, optionalInteger } from '../../dialects/content.ts';
import { inputTurns } from '../../dialects/responses/input.ts';
import { responsesPrompt } from '../../dialects/responses/prompt.ts';
import type { Body } from '../../dialects/validate.ts';
import { isBody } from '../../dialects/validate.ts';
import { generate } from '../../generation/generate.ts';
import { modelFacts } from '../../generation/models.ts';
import type { Failure, Turn } from '../host.ts';
import { Player } from '../player.ts';
import type { Entry } from './conversation.ts';
import { asInput, shownItem } from './conversation.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';
import type { CutReason, ResponseSettings } from './response.ts';
import { RealtimeResponse } from './response.ts';
import { formatOf } from './samples.ts';
import type { RealtimeSession } from './session.ts';
import { inputTokens } from './usage.ts';

const TOKENS_PER_MINUTE = 40_000;

interface Running {
  readonly response: RealtimeResponse;
  readonly player: Player;
  readonly turn: Turn;
}

/** What one response is made from: the session, and what `response.create` has of its own. */
interface Asked {
  readonly own: Body;
  readonly outside: boolean;
  readonly instructions: string;
  readonly tools: readonly Body[];
  readonly entries: readonly Entry[];
  readonly maxTokens: unknown;
}

/** Gives the responses of a session, one after the other; those outside of the conversation beside it. */
export class Responder {
  readonly #session: RealtimeSession;
  readonly #outside = new Set<Running>();
  readonly #conversationId: string;
  #running: Running | undefined;
  #waiting: (() => void)[] = [];
  #before = 0;
  #lastId: string | undefined;

  constructor(session: RealtimeSession) {
    this.#session = session;
    this.#conversationId = session.events.id('conv');
  }

  get active(): boolean {
    return this.#running !== undefined;
  }

  /** The id of the latest response. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  stop(): void {
    for (const one of [this.#running, ...this.#outside]) {
      one?.player.stop();
      one?.turn.end(false);
    }
    this.#running = undefined;
    this.#outside.clear();
  }

  /** Now, or when the response that is under way is done. */
  whenFree(action: () => void): void {
    if (this.#running === undefined) action();
    else this.#waiting.push(action);
  }

  /** `begun` is called once the response was announced. */
  respond(own: Body, begun?: () => void): Refusal | undefined {
    const outside = own['conversation'] === 'none';
    if (this.#running !== undefined && !outside) {
      const { id } = this.#running.response;
      return refusal(
        `Conversation already has an active response in progress: ${id}. Wait until the response is finished before creating a new one.`,
        'conversation_already_has_active_response',
      );
    }
    const asked = this.#asked(own, outside);
    const turn = this.#session.host.begin({ operation: 'realtime.response', body: this.#body(asked) });
    const failure = turn.failure ?? this.#unknownModel(turn);
    if (failure === undefined) this.#start(asked, turn, begun);
    else {
      this.#fail(asked, turn, failure);
      begun?.();
    }
    return undefined;
  }

  /** Breaks off the response that is under way; `false` when there is none. */
  cut(reason: CutReason, responseId?: string): boolean {
    const running = [this.#running, ...this.#outside].find(
      (one) => one !== undefined && (responseId === undefined || one.response.id === responseId),
    );
    if (running === undefined) return false;
    running.player.stop();
    for (const step of running.response.cut(reason)) running.turn.send(step.text, step.tokens);
    this.#ended(running, false);
    return true;
  }

  #asked(own: Body, outside: boolean): Asked {
    const { session, conversation } = this.#session;
    const given = Array.isArray(own['input']) ? objectsIn(own['input']) : undefined;
    return {
      own,
      outside,
      instructions: asText(own['instructions']) || asText(session['instructions']),
      tools: objectsIn(own['tools'] ?? session['tools']),
      entries: given === undefined ? conversation.entries : given.flatMap((item) => this.#given(item)),
      maxTokens: own['max_output_tokens'] ?? session['max_output_tokens'] ?? 'inf',
    };
  }

  /** An item of the response's own input: itself, or the one of the conversation that it refers to. */
  #given(item: Body): readonly Entry[] {
    if (item['type'] !== 'item_reference') return [{ item: shownItem(item, asText(item['id'])) }];
    const known = this.#session.conversation.find(asText(item['id']));
    return known === undefined ? [] : [known];
  }

  #body({ own, instructions, tools, entries, maxTokens }: Asked): Body {
    const { session, model } = this.#session;
    const limit = optionalInteger(maxTokens);
    return {
      model,
      instructions,
      input: entries.map(asInput),
      tools,
      tool_choice: own['tool_choice'] ?? session['tool_choice'],
      output_modalities: own['output_modalities'] ?? session['output_modalities'],
      ...(limit !== undefined && { max_output_tokens: limit }),
      ...(own['metadata'] !== undefined && { metadata: own['metadata'] }),
    };
  }

  #settings({ own, outside, maxTokens }: Asked): ResponseSettings {
    const { session, audio, phases, sideband } = this.#session;
    const output = isBody(own['audio']) && isBody(own['audio']['output']) ? own['audio']['output'] : {};
    const format = output['format'] ?? audio.output['format'];
    const modalities = own['output_modalities'] ?? session['output_modalities'];
    return {
      conversationId: outside ? null : this.#conversationId,
      modalities: Array.isArray(modalities) ? modalities : ['audio'],
      maxTokens,
      format: formatOf(format),
      shownFormat: format,
      voice: output['voice'] ?? audio.output['voice'],
      speed: typeof audio.output['speed'] === 'number' ? audio.output['speed'] : 1,
      metadata: own['metadata'],
      phases,
      sideband,
    };
  }

  #unknownModel({ context }: Turn): Failure | undefined {
    const { model } = this.#session;
    if (context.models === undefined || context.models.includes(model)) return undefined;
    const message = `The model \`${model}\` does not exist or you do not have access to it.`;
    return {
      status: 404,
      error: { type: 'invalid_request_error', code: 'model_not_found', message, param: null },
    };
  }

  #start(asked: Asked, turn: Turn, begun: (() => void) | undefined): void {
    const { events, model, conversation, host } = this.#session;
    const body = this.#body(asked);
    const { context } = turn;
    const prompt = responsesPrompt(body, model, inputTurns(objectsIn(body['input']), []), context);
    const facts = modelFacts(model);
    const input = inputTokens({ ...asked, model: facts }, context.tokenizer);
    const response = new RealtimeResponse({
      settings: this.#settings(asked),
      generation: generate({ ...prompt, asked: prompt.asked || asText(asked.own['instructions']) }, context.tokenizer),
      input,
      before: this.#before,
      events,
      conversation: asked.outside ? undefined : conversation,
      context,
      count: (text) => context.tokenizer.count(text, facts.encoding),
    });
    this.#before = input.text;
    this.#lastId = response.id;
    const steps = response.steps();
    const first = steps.next();
    if (first.value) turn.send(first.value.text, first.value.tokens);
    begun?.();
    const done = (): void => this.#ended(running, true);
    const player = new Player({ steps, turn, clock: host.clock, done, fail: (error) => host.fail(error) });
    const running: Running = { response, player, turn };
    if (asked.outside) this.#outside.add(running);
    else this.#running = running;
    player.start();
  }

  /** Announced, and done with the error. */
  #fail(asked: Asked, turn: Turn, { error }: Failure): void {
    const { events } = this.#session;
    const { conversationId, modalities, maxTokens, shownFormat, voice, metadata } = this.#settings(asked);
    const response = (status: string, details: Body | null): Body => ({
      object: 'realtime.response',
      id: this.#lastId,
      status,
      status_details: details,
      output: [],
      conversation_id: conversationId,
      output_modalities: modalities,
      max_output_tokens: maxTokens,
      audio: { output: { format: shownFormat, voice } },
      usage: null,
      metadata: metadata ?? null,
    });
    this.#lastId = events.id('resp');
    const { type, code, message } = error;
    turn.send(events.text('response.created', { response: response('in_progress', null) }), 0);
    const details = { type: 'failed', error: { type, code, message } };
    turn.send(events.text('response.done', { response: response('failed', details) }), 0);
    turn.end(true);
  }

  #ended(running: Running, whole: boolean): void {
    const { usage } = running.response;
    const { input_tokens: input, output_tokens: output } = usage as Readonly<Record<string, number>>;
    running.turn.bill({ input: input ?? 0, output: output ?? 0 });
    running.turn.end(whole);
    if (this.#running === running) this.#running = undefined;
    this.#outside.delete(running);
    const spent = Math.min(TOKENS_PER_MINUTE, (input ?? 0) + (output ?? 0));
    const limits = {
      name: 'tokens',
      limit: TOKENS_PER_MINUTE,
      remaining: TOKENS_PER_MINUTE - spent,
      reset_seconds: Math.round((spent / TOKENS_PER_MINUTE) * 60_000) / 1000,
    };
    this.#session.send('rate_limits.updated', { rate_limits: [limits] });
    for (const action of this.#waiting.splice(0)) action();
    this.#session.watchIdle();
  }
}
