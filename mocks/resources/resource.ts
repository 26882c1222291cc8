import type { ListingRules } from '../dialects/listing.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply, StoredObject } from '../dialects/reply.ts';
import type { Fields } from './shape.ts';

export type Verb = 'create' | 'retrieve' | 'list' | 'update' | 'delete';

/** `{prefix: 'vs_', hex: 32}`: the prefix and so many random characters. */
export type IdForm =
  | { readonly prefix: string; readonly hex: number }
  | { readonly prefix: string; readonly alnum: number };

/** What an object is made from. */
export interface Making {
  readonly id: string;
  /** The request's fields; empty when the object is invented. */
  readonly body: Fields;
  readonly params: Readonly<Record<string, string>>;
  readonly context: DialectContext;
  /** Unix seconds. */
  readonly now: number;
}

export interface Made {
  /** Fields that neither the request nor the shape decides; `undefined` leaves one out. */
  readonly fields?: Fields;
  readonly hidden?: Fields;
  readonly content?: Buffer;
}

/** Where an object lives. */
export interface Place {
  readonly resource: Resource;
  readonly collection: string;
  readonly params: Readonly<Record<string, string>>;
  readonly context: DialectContext;
}

/** What a request about one object is answered with. */
export type Act = (object: StoredObject, place: Place, request: DialectRequest) => Reply;

/** An operation on one object besides the usual ones: `POST …/{id}/cancel`. */
export interface Action {
  readonly name: string;
  readonly method: Operation['method'];
  /** Follows the object's path. */
  readonly suffix: string;
  readonly act: Act;
}

export interface ListRules extends ListingRules {
  /** What stands beside `data`: `edges` first_id, last_id, has_more · `more` has_more · `next` has_more, next. Default `edges`. */
  readonly envelope?: 'edges' | 'more' | 'next';
  /** What `first_id` of an empty page is; default the empty string, as most schemas want it. */
  readonly none?: '' | null;
  /** Which entries a query asks for. */
  readonly filter?: (object: StoredObject, query: URLSearchParams) => boolean;
}

export interface Missing {
  readonly message: string;
  readonly param?: string;
  readonly code?: string;
}

/** One row of the table: everything that sets a resource apart from the others. */
export interface Resource {
  /** Ids of its operations begin with it: `vector_stores.files`. */
  readonly name: string;
  /** One sentence for the documentation. */
  readonly doc: string;
  readonly path: string;
  /** Name of its id in paths. */
  readonly param: string;
  /** What must exist before anything can be done below it. */
  readonly parent?: Resource;
  readonly id: IdForm | ((making: Omit<Making, 'id'>) => string);
  /** Type in the official package: `batches#Batch`. */
  readonly shape: string;
  readonly verbs: readonly Verb[];
  /** Fields without which nothing is created. */
  readonly required?: readonly string[];
  /** Refuses a creation that has its required fields. */
  readonly refuse?: (making: Omit<Making, 'id'>) => JsonReply | undefined;
  readonly make?: (making: Making) => Made;
  /** Names that come first; default id, object, created_at. */
  readonly order?: readonly string[];
  /** What a creation answers when that is not the object itself. */
  readonly answer?: (object: StoredObject, place: Place) => Fields;
  /** What is there before anything was created; each is made as if a request had brought it. */
  readonly seed?: (place: Place) => readonly Fields[];
  /** Status of a creation; default 200. */
  readonly created?: number;
  /** Fields that an update may change. */
  readonly updatable?: readonly string[];
  /** What a deletion answers; default `{id, object: "….deleted", deleted: true}`. */
  readonly deleted?: (object: StoredObject) => Fields;
  readonly missing?: (id: string, params: Readonly<Record<string, string>>) => Missing;
  readonly list?: ListRules;
  /** The object as time has made it; `undefined` when it is no more. */
  readonly settle?: (object: StoredObject, place: Place) => StoredObject | undefined;
  /** Follows a creation, e.g. to make what belongs to it. */
  readonly afterCreate?: (object: StoredObject, place: Place) => void;
  readonly afterDelete?: (object: StoredObject, place: Place) => void;
  /** While it is in progress answers say when to ask again: `openai-poll-after-ms`, which the official clients obey. */
  readonly polled?: boolean;
  readonly actions?: readonly Action[];
  /** The webhook events that its last statuses are announced with. */
  readonly announces?: Readonly<Record<string, string>>;
}
