import { connect } from 'node:net';

/** Sends commands to a Redis on a connection of their own; resolves to what it answers to the last. Rejects with an error answer. */
export function command(port: number, ...given: string[] | string[][]): Promise<string> {
  const commands = (Array.isArray(given[0]) ? given : [given]) as string[][];
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      for (const words of commands) {
        const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
        socket.write(`*${words.length}\r\n${parts.join('')}`);
      }
    });
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject).setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
      const lines = answer.split('\r\n').slice(0, -1);
      if (lines.length < commands.length) return;
      socket.destroy();
      const last = lines.at(-1) ?? '';
      if (last.startsWith('-')) reject(new Error(last));
      else resolve(last);
    });
  });
}
