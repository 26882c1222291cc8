import type { OperationId, OwnField, Protocol, StreamFramer, StreamView } from '../protocols/types.ts';
import { isPlain } from './ready-form.ts';
import { eventsOf, ownBytes } from './recording.ts';
import type { Recording, Replay, ReplayRequest } from './types.ts';

const CONTENT_TYPE = 'content-type';
const STREAM_TYPE = 'text/event-stream; charset=utf-8';
const BODY_TYPE = 'application/json';

/** A recording in the shape and view of some clients. */
interface Form {
  readonly replay: Replay;
  /** Where it repeats fields of the request that name the caller; found when the first reader needs to know. */
  ownFields?: readonly OwnField[];
}

/**
 * Makes stored answers ready for clients: in the recorded shape byte for byte (less what the client's view hides), in
 * the other shape as the protocol translates it. Each form is made once per recording and lives as long as it does; it
 * holds the fields of the caller that it was recorded for, and every reader gets a copy with its own where they differ.
 */
export class Replayer {
  readonly #protocols: Readonly<Record<OperationId, Protocol>>;
  readonly #onGrow: (recording: Recording, bytes: number) => void;
  readonly #forms = new WeakMap<Recording, Map<string, Form>>();

  /** `onGrow` takes how many bytes more a recording holds through a new form. */
  constructor(
    protocols: Readonly<Record<OperationId, Protocol>>,
    onGrow: (recording: Recording, bytes: number) => void = () => undefined,
  ) {
    this.#protocols = protocols;
    this.#onGrow = onGrow;
  }

  replay(recording: Recording, request: ReplayRequest): Replay {
    const { refusal, headers, ready } = recording;
    if (refusal) return { status: refusal.status, headers, body: recording.bytes };
    if (ready && isInShape(recording, request)) {
      // Most answers, for which nothing has to be made and nothing remembered.
      const { own } = request;
      const body = own ? this.#protocols[recording.operation].fillOwnFields(ready.body, ready.own, own) : ready.body;
      return { headers, body };
    }
    const form = this.#formFor(recording, request);
    const { replay } = form;
    const { stream, own } = request;
    if (own === undefined) return replay;
    const protocol = this.#protocols[recording.operation];
    form.ownFields ??= protocol.findOwnFields(replay.body, stream ? 'stream' : 'body');
    const body = protocol.fillOwnFields(replay.body, form.ownFields, own);
    return body === replay.body ? replay : { headers: replay.headers, body };
  }

  #formFor(recording: Recording, request: ReplayRequest): Form {
    const name = formName(request);
    let forms = this.#forms.get(recording);
    const known = forms?.get(name);
    if (known !== undefined) return known;
    if (forms === undefined) {
      forms = new Map();
      this.#forms.set(recording, forms);
    }
    const made: Form = { replay: this.#make(recording, request) };
    forms.set(name, made);
    const isRestored = recording.ready !== undefined && recording.ready.cuts.length > 0;
    if (isRestored || made.replay.body !== recording.bytes) this.#onGrow(recording, made.replay.body.length);
    return made;
  }

  #make(recording: Recording, request: ReplayRequest): Replay {
    const protocol = this.#protocols[recording.operation];
    if (!request.stream) {
      if (recording.shape === 'body') return { headers: recording.headers, body: recording.bytes };
      return {
        headers: withContentType(recording.headers, BODY_TYPE),
        body: protocol.streamToBody(eventsOf(recording)),
      };
    }
    const { view } = request;
    if (recording.shape === 'stream') {
      const body = shown(protocol, eventsOf(recording), view, recording.bytes);
      return framed({ headers: recording.headers, body }, protocol.framer?.(view));
    }
    const events = protocol.bodyToStream(recording.bytes);
    const headers = withContentType(recording.headers, STREAM_TYPE);
    return framed({ headers, body: shown(protocol, events, view) }, protocol.framer?.(view));
  }
}

/** Whether the ready form of the recording is what is asked for. */
function isInShape({ shape }: Recording, { stream, view }: ReplayRequest): boolean {
  return stream ? shape === 'stream' && isPlain(view) : shape === 'body';
}

function formName(request: ReplayRequest): string {
  if (!request.stream) return 'body';
  const { includeUsage, includeObfuscation, framing = '' } = request.view;
  return `stream ${includeUsage} ${includeObfuscation} ${framing}`;
}

/** The events that this view shows, in one piece; `whole` when nothing is hidden or changed. */
function shown(protocol: Protocol, events: readonly Buffer[], view: StreamView, whole?: Buffer): Buffer {
  const visible: Buffer[] = [];
  let same = true;
  for (const event of events) {
    const seen = protocol.show(event, view);
    if (seen !== event) same = false;
    if (seen !== undefined) visible.push(seen);
  }
  return same && whole !== undefined ? whole : ownBytes(visible);
}

/** The stream as the framer writes it; the same one without a framer. */
function framed(replay: Replay, framer: StreamFramer | undefined): Replay {
  if (framer === undefined) return replay;
  return {
    headers: withContentType(replay.headers, framer.contentType),
    body: ownBytes([framer.write(replay.body), framer.end()]),
  };
}

function withContentType(headers: Recording['headers'], type: string): Recording['headers'] {
  return [[CONTENT_TYPE, type], ...headers.filter(([name]) => name !== CONTENT_TYPE)];
}
