interface Heard {
  pieces: string[];
  isOver: boolean;
  wake: () => void;
}

/** What `ask` hands over piece by piece, as an iterable. It fails where `ask` has no answer at the end. */
export async function* pieceStream(ask: (onPart: (text: string) => void) => Promise<unknown>): AsyncGenerator<string> {
  const heard: Heard = { pieces: [], isOver: false, wake: () => undefined };
  const asking = ask((piece) => {
    heard.pieces.push(piece);
    heard.wake();
  }).finally(() => {
    heard.isOver = true;
    heard.wake();
  });
  while (!heard.isOver || heard.pieces.length > 0) {
    const { pieces } = heard;
    heard.pieces = [];
    yield* pieces;
    if (heard.pieces.length > 0 || heard.isOver) continue;
    await new Promise<void>((resolve) => (heard.wake = resolve));
  }
  if ((await asking) === undefined) throw new Error('the primary process does not answer');
}
