import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** A mail server on loopback, and the letters that it took. */
export class Post {
  readonly letters: Email[] = [];
  private readonly server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, _, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        PostalMime.parse(Buffer.concat(chunks)).then(letter => {
          this.letters.push(letter);
          done();
        }, done);
      });
    },
  });

  /** Listens on a free port, which it answers. */
  async start(): Promise<number> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.server.address() as { port: number }).port;
  }

  /** Waits for the latest letter to somebody that says all of this, in subject or text. */
  async letter(to: string, ...words: (string | RegExp)[]): Promise<Email> {
    for (const end = Date.now() + 20_000; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 50))) {
      const found = this.letters.findLast(l => {
        const text = `${l.subject}\n${l.text}`;
        return l.to?.some(a => a.address === to) && words.every(w => (typeof w === 'string' ? text.includes(w) : w.test(text)));
      });
      if (found) return found;
    }
    throw new Error(`no letter to ${to} with ${words.join(', ')}; there are: ${this.letters.map(l => `${l.to?.[0]?.address} ${l.subject}`).join('; ')}`);
  }

  async stop(): Promise<void> {
    await new Promise<void>(resolve => this.server.close(resolve));
  }
}

/** The personal link in a letter. */
export function linkIn(letter: Email): string {
  const link = letter.text?.match(/https?:\/\/\S+\/j\/[a-z2-7]{26}/)?.[0];
  if (!link) throw new Error(`no personal link in: ${letter.text}`);
  return link;
}
