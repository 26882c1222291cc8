// `--import` this into a child whose stdin is a pipe of ours: when we die, whatever the signal, the pipe closes.
process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0));
process.stdin.resume();
// Waiting for the end must not keep a program alive that has nothing else to do.
(process.stdin as unknown as { unref?: () => void }).unref?.();
