import type { ToolSpec, Turn } from '../../../generation/prompt.ts';
import type { DialectContext, ObjectStore, Random } from '../../reply.ts';
import type { Body } from '../../validate.ts';
import type { ItemIds } from '../ids.ts';

/** An output item in its done form, keys in wire order. */
export interface HostedOutput {
  readonly value: Body;
  /** Image generation: base64 images that the stream shows before the last one. */
  readonly partialImages?: readonly string[] | undefined;
}

export interface HostedUse {
  readonly tool: ToolSpec;
  /** The tool as the request gives it. */
  readonly definition: Body;
  /** The text that the answer is for. */
  readonly asked: string;
  readonly turns: readonly Turn[];
  readonly ids: ItemIds;
  readonly random: Random;
  readonly context: DialectContext;
  /** Is it in the request's `include`? */
  readonly includes: (name: string) => boolean;
}

export interface HostedRun {
  readonly outputs: readonly HostedOutput[];
  /** Annotations of the text that follows. */
  readonly annotate?: ((text: string) => readonly object[]) | undefined;
}

/** What a tool has for a question. */
export interface Lookup {
  /** Something that is near. */
  readonly fits: (asked: string) => boolean;
  /** The words that are nearest; undefined when there are none at all. */
  readonly finds: (asked: string) => string | undefined;
}

/** A kind of tool that the provider brings along. */
export interface HostedKind {
  /** Lowercase words of a request that it fits. */
  readonly keywords: readonly string[];
  /** The client carries its calls out, and the answer ends with them. */
  readonly byClient: (definition: Body) => boolean;
  readonly run: (use: HostedUse) => HostedRun;
  /** For tools that look into what is kept here. */
  readonly looksInto?: ((definition: Body, objects: ObjectStore) => Lookup) | undefined;
}
